//! Ratios as bars, in an SVG of text and rectangles.

use std::fmt::Write;

/// The ratios of one group.
pub struct Bars {
    /// What the group does.
    pub title: String,
    /// Who does it, and the ratio against the first one.
    pub bars: Vec<(String, f64)>,
}

const WIDTH: f64 = 900.0;
/// Where the bars begin.
const LEFT: f64 = 380.0;
const LINE: f64 = 18.0;
/// The scale: each doubling is as long as any other.
const LEAST: f64 = 0.25;
const MOST: f64 = 64.0;

/// All groups, one below the other, each with its bars. The line is at the ratio 1; shorter is faster.
pub fn svg(groups: &[Bars]) -> String {
    let lines = groups.iter().map(|group| group.bars.len() + 2).sum::<usize>();
    let height = lines as f64 * LINE + LINE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let mut y = LINE;
    for group in groups {
        line(
            &mut svg,
            &format!("<text x=\"8\" y=\"{y}\" font-weight=\"bold\">{}</text>", text(&group.title)),
        );
        let top = y + 4.0;
        for (at, (name, ratio)) in group.bars.iter().enumerate() {
            y += LINE;
            let width = place(*ratio) - LEFT;
            let colour = if at == 0 { "#999999" } else { "#3b6ea5" };
            line(
                &mut svg,
                &format!("<text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{}</text>", LEFT - 8.0, text(name)),
            );
            line(
                &mut svg,
                &format!(
                    "<rect x=\"{LEFT}\" y=\"{:.0}\" width=\"{width:.1}\" height=\"12\" fill=\"{colour}\"/>",
                    y - 10.0
                ),
            );
            line(&mut svg, &format!("<text x=\"{:.1}\" y=\"{y}\">{ratio:.2}</text>", place(*ratio) + 6.0));
        }
        let one = place(1.0);
        line(
            &mut svg,
            &format!(
                "<path d=\"M{one:.1} {top}V{:.0}\" stroke=\"#999999\" stroke-dasharray=\"3\"/>",
                y + 4.0
            ),
        );
        y += 2.0 * LINE;
    }
    line(&mut svg, "</svg>");
    svg
}

fn line(svg: &mut String, text: &str) {
    writeln!(svg, "{text}").expect("a String takes everything");
}

fn place(ratio: f64) -> f64 {
    let part = (ratio.clamp(LEAST, MOST) / LEAST).log2() / (MOST / LEAST).log2();
    LEFT + part * (WIDTH - LEFT - 50.0)
}

fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_with_the_ratio_and_text_is_escaped() {
        let bars = vec![("a".to_owned(), 1.0), ("Signed<Clerk>".to_owned(), 2.0), ("c".to_owned(), 1e9)];
        let svg = svg(&[Bars { title: "a & b".to_owned(), bars }]);
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("a &amp; b") && svg.contains("Signed&lt;Clerk&gt;"));
        assert!(place(1.0) < place(2.0) && place(2.0) < place(MOST));
        assert!(place(0.0) >= LEFT && place(1e9) < WIDTH);
        assert_eq!(svg.matches("<rect").count(), 4);
    }
}
