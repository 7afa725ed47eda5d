//! The table: one line for each request, in columns.

use serde_json::Value;

use crate::client::Response;

/// How a request should come out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Verified, with an event of this name.
    Event(&'static str),
    /// Refused with this code.
    Refused(&'static str),
}

pub(crate) struct Row {
    columns: [String; 7],
    as_expected: bool,
}

const HEADER: [&str; 7] = ["provider", "variant", "request", "verdict", "event", "key", "why refused"];

impl Row {
    pub(crate) fn new(
        provider: &str,
        variant: &str,
        what: &str,
        response: &Response,
        expected: Expected,
    ) -> Self {
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
        let (verdict, event, key, why) = match (response.status, answer.get("outcome")) {
            (200, Some(outcome)) if outcome == "unverified" => {
                ("unverified", text("event"), text("key"), String::new())
            }
            (200, Some(_)) => ("verified", text("event"), text("key"), String::new()),
            (200, None) => ("handshake", text("status"), "", text("message").to_owned()),
            (status, _) => ("refused", "", "", format!("{status} {}: {}", text("error"), text("message"))),
        };
        let as_expected = match expected {
            Expected::Event(name) => verdict != "refused" && event == name,
            Expected::Refused(code) => verdict == "refused" && text("error") == code,
        };
        let variant = if variant.is_empty() { "-" } else { variant };
        let columns = [provider, variant, what, verdict, event, key, &why].map(str::to_owned);
        Self { columns, as_expected }
    }
}

/// Prints the table and says whether every line came out as expected.
pub(crate) fn print(rows: &[Row]) -> bool {
    let header = Row { columns: HEADER.map(str::to_owned), as_expected: true };
    let mut widths = [0; 7];
    for row in rows.iter().chain([&header]) {
        for (width, column) in widths.iter_mut().zip(&row.columns) {
            *width = (*width).max(column.chars().count());
        }
    }
    let line = |row: &Row| {
        let cells = row.columns.iter().zip(widths).map(|(column, width)| format!("{column:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ").trim_end().to_owned();
        println!("{line}{}", if row.as_expected { "" } else { "   <- NOT AS EXPECTED" });
    };
    line(&header);
    println!("{}", widths.map(|width| "-".repeat(width)).join("  "));
    rows.iter().for_each(line);
    let wrong = rows.iter().filter(|row| !row.as_expected).count();
    match wrong {
        0 => println!("\nAll {} requests came out as expected.", rows.len()),
        _ => println!("\n{wrong} of {} requests did NOT come out as expected.", rows.len()),
    }
    wrong == 0
}
