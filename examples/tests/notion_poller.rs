//! `notion_poller`, run against the stand-in for Notion's API and a receiver that verifies, and sometimes fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a test")]

#[path = "support/fake.rs"]
mod fake;
mod support;

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use fake::{Fake, Reply, Sent};
use serde_json::{Value, json};
use support::{Finished, Program, Request, Server, eventually};
use tempfile::TempDir;
use webhook_core::record_envelope::{Event, Operation, Source};
use webhook_verify::providers::RecordEnvelope;
use webhook_verify::{Receiver, Secret, UnixTime};

const SECRET: &str = "a-shared-secret";
const DATABASE: &str = "6b8fef4134155fc7995f8938f0db72c7";

/// Notion, the receiver, and a folder for the poller's memory.
struct Desk {
    notion: Server,
    memory: Fake,
    folder: TempDir,
}

impl Desk {
    /// A receiver that takes what is authentic.
    fn new() -> Self {
        Self::answering(|_| Reply::new(202))
    }

    fn answering(mut answer: impl FnMut(&Event) -> Reply + Send + 'static) -> Self {
        let receiver = Receiver::<RecordEnvelope>::new(Secret::new(SECRET).unwrap()).unwrap();
        let memory = Fake::start(move |sent| {
            match receiver.verify(&sent.headers, sent.body.clone(), UnixTime::now()) {
                Ok(received) => answer(&received.parse().unwrap()),
                Err(_) => Reply::new(401),
            }
        });
        let notion = Program::new(env!("CARGO_BIN_EXE_fake_notion")).start();
        Self { notion, memory, folder: TempDir::new().unwrap() }
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let file = self.folder.path().join("state.db").to_str().unwrap().to_owned();
        vec![
            ("NOTION_API_URL", self.notion.url("")),
            ("NOTION_API_KEY", "ntn_of_this_test".into()),
            ("NOTION_DATABASE_ID", DATABASE.into()),
            ("NOTION_POLLER_DB", file),
            ("MEMORY_API_URL", self.memory.url("/api/v1/webhooks/notion")),
            ("RECORD_ENVELOPE_SECRET", SECRET.into()),
        ]
    }

    fn poller(&self) -> Program {
        let program = Program::new(env!("CARGO_BIN_EXE_notion_poller")).arg("once");
        self.variables().into_iter().fold(program, |program, (name, value)| program.env(name, value))
    }

    fn run(&self) -> Finished {
        self.poller().run()
    }

    /// A run that must succeed, and what it delivered: operation, page and title.
    fn delivered_by(&self, poller: Program) -> Vec<(String, String, String)> {
        let before = self.memory.sent().len();
        let ended = poller.run();
        assert!(ended.status.success(), "{ended:?}");
        self.memory.sent()[before..].iter().map(told).collect()
    }

    fn delivered(&self) -> Vec<(String, String, String)> {
        self.delivered_by(self.poller())
    }

    fn edit(&self, id: &str, title: &str, edited: &str) {
        let edited = format!("2026-10-14T{edited}:00.000Z");
        self.put(&format!("/fake/pages/{id}"), &json!({"title": title, "edited": edited}));
    }

    fn put(&self, path: &str, body: &Value) {
        put(self.notion.address, path, body);
    }

    fn remove(&self, path: &str) {
        assert_eq!(self.notion.send(&Request::new("DELETE", path)).status, 204);
    }

    fn requests(&self) -> Vec<Value> {
        serde_json::from_value(self.notion.get("/fake/requests").json()).unwrap()
    }
}

fn put(notion: std::net::SocketAddr, path: &str, body: &Value) {
    let answer = Request::new("PUT", path).json(body.to_string()).send(notion);
    assert_eq!(answer.status, 204, "{answer:?}");
}

fn told(sent: &Sent) -> (String, String, String) {
    let event = sent.json();
    let title = &event["data"]["properties"]["Name"]["title"][0]["plain_text"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&event["event_type"]), text(&event["record_id"]), text(title))
}

fn is(event: &str, id: &str, title: &str) -> (String, String, String) {
    (event.into(), id.into(), title.into())
}

#[test]
fn pages_arrive_once_the_oldest_edit_first() {
    let desk = Desk::new();
    desk.put("/fake/limits", &json!({"part": 2, "query": 10000}));
    for (id, title, edited) in [
        ("p3", "Cocoa", "08:07"),
        ("p1", "Tea", "08:01"),
        ("p2", "Crème brûlée", "08:05"),
        ("p4", "Maté", "08:09"),
    ] {
        desk.edit(id, title, edited);
    }
    let all = [
        is("insert", "p1", "Tea"),
        is("insert", "p2", "Crème brûlée"),
        is("insert", "p3", "Cocoa"),
        is("insert", "p4", "Maté"),
    ];
    assert_eq!(desk.delivered(), all);

    // What a receiver is given.
    let envelope = String::from_utf8(desk.memory.sent()[1].body.clone()).unwrap();
    assert!(envelope.contains("Crème brûlée"));
    let event = <Event as webhook_core::Payload>::parse(envelope.as_bytes()).unwrap();
    assert_eq!((event.operation(), event.source), (Operation::Insert, Source::Notion));
    assert_eq!(event.table_name, DATABASE);
    assert_eq!(event.record_id.unwrap().as_str(), "p2");
    assert_eq!(event.timestamp.unwrap().as_str(), "2026-10-14T08:05:00.000Z");
    assert!(event.data.unwrap().as_str().contains(r#""is_locked":false"#), "the page as Notion sent it");

    // Nothing has changed but the signed addresses of the files, and two minutes are looked at again.
    assert!(desk.delivered().is_empty());
    let last = desk.requests().into_iter().rfind(|request| request.get("query").is_some()).unwrap();
    assert_eq!(last["query"]["filter"]["last_edited_time"]["on_or_after"], "2026-10-14T08:07:00.000Z");
    desk.edit("p2", "Crème caramel", "08:11");
    assert_eq!(desk.delivered(), [is("update", "p2", "Crème caramel")]);
}

#[test]
fn a_second_edit_within_the_minute_is_not_missed() {
    let desk = Desk::new();
    desk.edit("p1", "First", "08:01");
    assert_eq!(desk.delivered(), [is("insert", "p1", "First")]);
    desk.edit("p1", "Second", "08:01");
    desk.edit("p2", "Beside it", "08:01");
    assert_eq!(desk.delivered(), [is("update", "p1", "Second"), is("insert", "p2", "Beside it")]);
    // Back to what it was: that is a change too.
    desk.edit("p1", "First", "08:01");
    assert_eq!(desk.delivered(), [is("update", "p1", "First")]);
    assert!(desk.delivered().is_empty());
}

#[test]
fn a_query_that_was_cut_off_is_gone_on_with() {
    let desk = Desk::new();
    desk.put("/fake/limits", &json!({"part": 2, "query": 5}));
    for number in 0..23 {
        desk.edit(&format!("p{number:02}"), "x", &format!("08:{number:02}"));
    }
    let delivered = desk.delivered();
    assert_eq!(delivered.len(), 23);
    assert!(delivered.is_sorted(), "{delivered:?}");

    // More pages within one minute than a query gives: that cannot be gone on with, and must not look like an end.
    for number in 0..7 {
        desk.edit(&format!("q{number}"), "x", "09:00");
    }
    let ended = desk.run();
    assert!(!ended.status.success());
    assert!(ended.stderr.contains("more were edited in the minute of 2026-10-14T09:00:00.000Z"), "{ended:?}");
}

#[test]
fn a_run_ends_at_its_bound_and_the_next_goes_on() {
    let desk = Desk::new();
    desk.put("/fake/limits", &json!({"part": 2, "query": 10000}));
    for number in 0..20 {
        desk.edit(&format!("p{number:02}"), "x", &format!("08:{:02}", number * 3));
    }
    let mut runs = 0;
    let mut all = Vec::new();
    while all.len() < 20 {
        runs += 1;
        assert!(runs < 20, "{all:?}");
        let before = desk.requests().len();
        all.extend(desk.delivered_by(desk.poller().env("REQUESTS_PER_RUN", "3")));
        assert!(desk.requests().len() - before <= 4, "three, and the database");
    }
    assert!(runs > 2);
    assert!(all.is_sorted(), "{all:?}");
    assert_eq!(all.len(), 20, "none twice");
}

#[test]
fn limits_are_waited_for() {
    let desk = Desk::new();
    desk.edit("p1", "Tea", "08:01");
    for status in [429, 529] {
        desk.put("/fake/refusals", &json!({"status": status, "retry_after": 2, "times": 1}));
        let ended = desk.run();
        assert!(ended.status.success(), "{ended:?}");
        assert!(ended.stderr.contains(&format!("Notion: answered {status}")), "{ended:?}");
        assert!(ended.stderr.contains("next in 2s"), "as long as was asked for: {ended:?}");
    }
    assert_eq!(desk.memory.sent().len(), 1);
    let refused = desk.requests().iter().filter(|request| request.get("refused").is_some()).count();
    assert_eq!(refused, 2);
}

#[test]
fn pages_that_are_gone_are_found_by_the_sweep() {
    let desk = Desk::new();
    for (id, edited) in [("p1", "08:01"), ("p2", "08:02"), ("p3", "08:03"), ("p4", "08:04")] {
        desk.edit(id, id, edited);
    }
    assert_eq!(desk.delivered().len(), 4);
    desk.remove("/fake/pages/p1");
    desk.remove("/fake/pages/p2?for=ever");
    let moved = json!({"title": "p3", "edited": "2026-10-14T08:03:00.000Z", "source": "d-elsewhere"});
    desk.put("/fake/pages/p3", &moved);
    // The query says nothing about the first two, and the sweep is not due for an hour. The third one is still among
    // the results of this stand-in, with another parent.
    assert_eq!(desk.delivered(), [is("delete", "p3", "p3")]);
    let sweep = || desk.delivered_by(desk.poller().env("SWEEP_MINUTES", "0"));
    assert_eq!(sweep(), [is("delete", "p1", "p1"), is("delete", "p2", "")]);
    assert!(sweep().is_empty(), "told once");
    // A page that comes back is new.
    desk.edit("p1", "p1", "08:06");
    assert_eq!(desk.delivered(), [is("insert", "p1", "p1")]);
}

#[test]
fn a_page_that_a_sweep_misses_is_asked_for_before_it_is_given_up() {
    let notion_address = Arc::new(Mutex::new(None));
    let address = Arc::clone(&notion_address);
    let desk = Desk::answering(move |event| {
        if event.operation() == Operation::Update
            && let Some(notion) = address.lock().unwrap().take()
        {
            put(notion, "/fake/pages/p1", &json!({"title": "again", "edited": "2026-10-14T09:30:00.000Z"}));
        }
        Reply::new(202)
    });
    desk.put("/fake/limits", &json!({"part": 2, "query": 10000}));
    for (id, edited) in [("p1", "08:00"), ("p2", "08:10"), ("p3", "08:20"), ("p4", "08:30"), ("p5", "08:40")]
    {
        desk.edit(id, id, edited);
    }
    assert_eq!(desk.delivered().len(), 5);
    // An edit that only the sweep finds, and while it is delivered p1 moves to the end: the cursor leaves p3 out.
    *notion_address.lock().unwrap() = Some(desk.notion.address);
    desk.edit("p2", "late", "08:10");
    let delivered = desk.delivered_by(desk.poller().env("SWEEP_MINUTES", "0"));
    assert_eq!(delivered, [is("update", "p2", "late"), is("update", "p1", "again")]);
    assert!(desk.requests().contains(&json!({"page": "p3"})), "it was asked for, and is still there");
}

#[test]
fn what_slips_past_a_moving_query_is_found_by_the_sweep() {
    let notion_address = Arc::new(Mutex::new(None));
    let address = Arc::clone(&notion_address);
    // While the second part is still to come, a page of the first is edited: all others move up one place, and the
    // cursor leaves one out.
    let desk = Desk::answering(move |event| {
        if event.record_id.as_ref().unwrap().as_str() == "p2"
            && let Some(notion) = address.lock().unwrap().take()
        {
            put(notion, "/fake/pages/p1", &json!({"title": "again", "edited": "2026-10-14T09:30:00.000Z"}));
        }
        Reply::new(202)
    });
    *notion_address.lock().unwrap() = Some(desk.notion.address);
    desk.put("/fake/limits", &json!({"part": 2, "query": 10000}));
    for (id, edited) in [("p1", "08:00"), ("p2", "08:10"), ("p3", "08:20"), ("p4", "08:30"), ("p5", "08:40")]
    {
        desk.edit(id, id, edited);
    }
    let ids = |delivered: Vec<(String, String, String)>| -> Vec<String> {
        delivered.into_iter().map(|(_, id, _)| id).collect()
    };
    assert_eq!(ids(desk.delivered()), ["p1", "p2", "p4", "p5", "p1"], "p3 was never shown");
    assert!(desk.delivered().is_empty(), "and lies before what is looked at again");
    assert_eq!(ids(desk.delivered_by(desk.poller().env("SWEEP_MINUTES", "0"))), ["p3"]);
}

#[test]
fn a_receiver_that_is_down_loses_nothing() {
    let taken: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
    let (mut count, taking) = (0, Arc::clone(&taken));
    let desk = Desk::answering(move |event| {
        count += 1;
        // Every third time it is down for a moment, and from the seventh to the eleventh for all attempts of a run.
        if count % 3 == 0 || (7..12).contains(&count) {
            return Reply::new(503);
        }
        let id = event.record_id.as_ref().unwrap().as_str().to_owned();
        *taking.lock().unwrap().entry(id).or_default() += 1;
        Reply::new(202)
    });
    // A first sweep is over, so that what follows hangs on the watermark alone.
    desk.edit("p", "x", "07:00");
    assert_eq!(desk.delivered().len(), 1);
    for number in 0..8 {
        desk.edit(&format!("p{number}"), "x", &format!("1{number}:00"));
    }
    let first = desk.run();
    assert!(!first.status.success());
    assert!(first.stderr.contains("the receiver: answered 503"), "{first:?}");
    let second = desk.run();
    assert!(second.status.success(), "{second:?}");
    let taken = taken.lock().unwrap().clone();
    assert_eq!(taken.len(), 9, "every page: {taken:?}");
    assert!(taken.values().all(|times| *times == 1), "and none twice: {taken:?}");
    assert!(desk.delivered().is_empty());
}

#[test]
fn a_crash_loses_nothing() {
    let desk = Desk::answering(move |event| {
        let slow = std::time::Duration::from_millis(30);
        assert_eq!(event.operation(), Operation::Insert);
        Reply::new(202).after(slow)
    });
    desk.put("/fake/limits", &json!({"part": 10, "query": 10000}));
    for number in 0..40 {
        desk.edit(&format!("p{number:02}"), "x", &format!("08:{number:02}"));
    }
    // Killed three times, each time a bit further on.
    for kills in 1..=3 {
        let mut poller = spawn(&desk);
        eventually("some deliveries", || (desk.memory.sent().len() >= kills * 8).then_some(()));
        poller.kill().unwrap();
        poller.wait().unwrap();
    }
    assert!(desk.run().status.success());
    let mut posted: BTreeMap<String, usize> = BTreeMap::new();
    desk.memory.sent().iter().map(told).for_each(|(_, id, _)| *posted.entry(id).or_default() += 1);
    assert_eq!(posted.len(), 40, "every page: {posted:?}");
    // An answer that was on its way when the poller died may be asked for again; the receiver can tell by the key.
    assert!(posted.values().sum::<usize>() <= 43, "{posted:?}");
    assert!(desk.delivered().is_empty());
}

/// The poller as a program that runs until it is killed.
fn spawn(desk: &Desk) -> Child {
    Command::new(env!("CARGO_BIN_EXE_notion_poller"))
        .env_clear()
        .envs(desk.variables())
        .env("POLL_SECONDS", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn an_envelope_that_is_never_taken_does_not_hold_up_the_others() {
    let desk = Desk::answering(|event| {
        let is_bad = event.record_id.as_ref().unwrap().as_str() == "p2";
        Reply::new(if is_bad { 422 } else { 202 })
    });
    for (id, edited) in [("p1", "08:01"), ("p2", "08:02"), ("p3", "08:03")] {
        desk.edit(id, id, edited);
    }
    let ended = desk.run();
    assert!(ended.status.success() && ended.stderr.contains("insert p2 was refused with 422"), "{ended:?}");
    assert_eq!(desk.memory.sent().len(), 3);
    let db = rusqlite::Connection::open(desk.folder.path().join("state.db")).unwrap();
    let kept: (String, u16, String) = db
        .query_row("SELECT page, status, envelope FROM refused", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!((&*kept.0, kept.1), ("p2", 422));
    assert_eq!(kept.2.as_bytes(), desk.memory.sent()[1].body);
    assert!(desk.delivered().is_empty());
}

#[test]
fn what_is_configured_wrongly_ends_the_run_and_says_so() {
    let desk = Desk::new();
    desk.edit("p1", "Tea", "08:01");
    let ended = desk.poller().env("RECORD_ENVELOPE_SECRET", "another").run();
    assert!(!ended.status.success() && ended.stderr.contains("401"), "{ended:?}");
    assert_eq!(desk.delivered(), [is("insert", "p1", "Tea")], "nothing is taken for delivered");

    let ended = desk.poller().env("NOTION_API_KEY", "").run();
    assert!(ended.stderr.contains("set NOTION_API_KEY"), "{ended:?}");
    for name in ["NOTION_API_URL", "MEMORY_API_URL"] {
        let ended = desk.poller().env(name, "127.0.0.1:3000").run();
        assert!(ended.stderr.contains(&format!("{name} is no URL")), "{ended:?}");
    }
    let ended = desk.poller().env("SWEEP_MINUTES", "often").run();
    assert!(ended.stderr.contains("SWEEP_MINUTES"), "{ended:?}");
    desk.put("/fake/refusals", &json!({"status": 403, "times": 1}));
    let ended = desk.run();
    assert!(!ended.status.success() && ended.stderr.contains("Notion answered 403"), "{ended:?}");
}
