//! `cargo bench -p webhook-benches --bench ratios`: everything beside its limit and beside others, as a Markdown
//! table of ratios. Words behind `--` choose the groups whose name holds one of them; `--svg` also draws the ratios
//! into `docs/ratios.svg`.
//!
//! All subjects of a group run in turn, in short batches, by the processor time of the thread; each ratio is the
//! median of the ratios within a round, of three runs the middle one.

#[path = "groups/adapters.rs"]
mod adapters;
#[path = "groups/parsing.rs"]
mod parsing;
#[path = "groups/scaling.rs"]
mod scaling;
#[path = "groups/verifying.rs"]
mod verifying;

use std::fs;

use webhook_benches::allocations::Counting;
use webhook_benches::duel::{Measured, duel, quantile};
use webhook_benches::machine::machine;
use webhook_benches::plot::{Bars, svg};

#[global_allocator]
static COUNTING: Counting = Counting;

const RUNS: usize = 3;
const ROUNDS: usize = 150;

/// What is wanted at most.
enum Most {
    /// Beside the group's first subject.
    Ratio(f64),
    /// The tenth percentile, in nanoseconds.
    Nanoseconds(f64),
    /// The tenth percentile above that of the group's first subject, in nanoseconds.
    NanosecondsMore(f64),
}

/// Group, subject, and what is wanted.
const TARGETS: &[(&str, &str, Most)] = &[
    ("Standard Webhooks (`v1,` base64), 3.5 KB", "Verifier::verify, clock read", Most::Ratio(1.08)),
    ("Standard Webhooks (`v1,` base64), 100 KB", "Verifier::verify, clock read", Most::Ratio(1.01)),
    ("`t=…,v1=…` hex, 3.5 KB", "Verifier::verify, clock read", Most::Ratio(1.08)),
    ("`t=…,v1=…` hex, 100 KB", "Verifier::verify, clock read", Most::Ratio(1.01)),
    ("`sha256=` hex, 3.5 KB", "Verifier::verify, Notion", Most::Ratio(1.08)),
    ("`sha256=` hex, 100 KB", "Verifier::verify, Notion", Most::Ratio(1.01)),
    ("several secrets", "2 secrets, the first matches", Most::Ratio(1.0)),
    ("several secrets", "2 secrets, the last matches", Most::Ratio(2.02)),
    ("several signatures", "64 signatures, the last matches", Most::NanosecondsMore(63.0 * 65.0)),
    ("refused", "early: an hour old, 1 MiB", Most::Nanoseconds(200.0)),
    ("refused", "early: the timestamp is no number", Most::Nanoseconds(200.0)),
    ("refused", "early: no signature", Most::Nanoseconds(200.0)),
    ("verified and read", "verify + Payload::parse", Most::Ratio(1.25)),
    ("axum 0.8", "Signed<Clerk>", Most::NanosecondsMore(250.0)),
    ("actix-web 4", "Signed<Clerk>", Most::NanosecondsMore(250.0)),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    println!("{} Middle one of {RUNS} runs of {ROUNDS} rounds.\n", machine("ratios"));
    println!("| what | who | ratio | quartiles | target | p10 ns | median ns | allocations |");
    println!("| --- | --- | --: | --- | --: | --: | --: | --- |");
    // Made one after the other, since those of the last one take much memory.
    let kinds = [verifying::groups, adapters::groups, parsing::groups, scaling::groups];
    let mut drawn = Vec::new();
    for mut group in kinds.into_iter().flat_map(|groups| groups()) {
        if !words.is_empty() && !words.iter().any(|word| group.name.contains(word)) {
            continue;
        }
        let runs: Vec<Vec<Measured>> = (0..RUNS).map(|_| duel(ROUNDS, &mut group.subjects)).collect();
        let mut bars = Bars { title: group.name.clone(), bars: Vec::new() };
        for at in 0..group.subjects.len() {
            let of = |value: fn(&Measured) -> f64| {
                quantile(&mut runs.iter().map(|run| value(&run[at])).collect::<Vec<_>>(), 0.5)
            };
            let Measured { name, allocations, .. } = &runs[0][at];
            bars.bars.push((name.clone(), of(|run| run.ratio)));
            println!(
                "| {} | {name} | {:.3} | {:.3} to {:.3} | {} | {:.0} | {:.0} | {allocations} |",
                if at == 0 { &group.name } else { "" },
                of(|run| run.ratio),
                of(|run| run.spread.0),
                of(|run| run.spread.1),
                target(&group.name, name),
                of(|run| run.p10),
                of(|run| run.median),
            );
        }
        drawn.push(bars);
    }
    if std::env::args().any(|word| word == "--svg") {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
        fs::create_dir_all(folder).expect("the folder docs");
        fs::write(format!("{folder}/ratios.svg"), svg(&drawn)).expect("docs/ratios.svg");
    }
}

fn target(group: &str, subject: &str) -> String {
    let found = TARGETS.iter().find(|(part, name, _)| group.contains(part) && *name == subject);
    match found {
        Some((.., Most::Ratio(most))) => format!("≤ {most}"),
        Some((.., Most::Nanoseconds(most))) => format!("≤ {most} ns"),
        Some((.., Most::NanosecondsMore(most))) => format!("≤ {most} ns more"),
        // Every event's shape has the same one.
        None if subject == "Payload::parse" => "≤ 1".to_owned(),
        None => String::new(),
    }
}
