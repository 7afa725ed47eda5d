//! How fast a store takes events in and gives them out, beside the raw speed of the same disk in the same run.
//!
//! `cargo bench -p webhook-benches --bench inbox` prints the table. After `--`: `--seconds 2` for each measurement,
//! `--rounds 3` of all of them (the table has the medians), `--backlog 1000000` events, `--folder` on the disk to
//! measure; the folder for temporary files by default. Where PostgreSQL is installed, a server of the bench's own is
//! measured too, with the settings it comes with.

use std::fs::File;
use std::future::Future;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::task::JoinSet;
use webhook_core::IdempotencyKey;
use webhook_inbox::tokio_postgres::{self, NoTls};
use webhook_inbox::{
    Claim, InboxAdmin, InboxStore, Kinds, NewEvent, Outcome, PostgresStore, Range, Route, Settlement,
    SqliteStore,
};
use webhook_test_postgres::Postgres;
use webhook_verify::danger::assume_verified;

const BODY: usize = 1024;
const CALLERS: [usize; 4] = [1, 4, 16, 64];
const BATCHES: [usize; 3] = [1, 16, 64];
const LEASE: Duration = Duration::from_secs(3600);

/// A store to measure.
trait Store: InboxStore + InboxAdmin {}
impl<S: InboxStore + InboxAdmin> Store for S {}

/// A place where empty stores are made.
#[derive(Clone, Copy)]
enum Engine<'p> {
    Sqlite,
    Postgres(&'p Postgres),
}

impl<'p> Engine<'p> {
    fn all(postgres: Option<&'p Postgres>) -> impl Iterator<Item = Self> {
        [Self::Sqlite].into_iter().chain(postgres.map(Self::Postgres))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// An empty store; `folder` is on the disk that is measured.
    async fn store(self, folder: &Path) -> Empty {
        match self {
            Self::Sqlite => {
                let folder = tempfile::tempdir_in(folder).unwrap();
                Empty { store: Arc::new(sqlite(folder.path())), _folder: Some(folder) }
            }
            Self::Postgres(server) => {
                // Gone before the next one, so that nothing is cleaned up behind it meanwhile.
                let (client, connection) = tokio_postgres::connect(&server.dsn(), NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                client
                    .batch_execute("DROP SCHEMA IF EXISTS webhook_inbox CASCADE; CHECKPOINT")
                    .await
                    .unwrap();
                drop(client);
                connection.await.unwrap().unwrap();
                let store = PostgresStore::open(&server.dsn()).await.unwrap();
                Empty { store: Arc::new(store), _folder: None }
            }
        }
    }
}

struct Empty {
    store: Arc<dyn Store>,
    _folder: Option<TempDir>,
}

fn sqlite(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder.join("inbox.db")).unwrap()
}

struct Settings {
    time: Duration,
    rounds: usize,
    backlog: usize,
    folder: PathBuf,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if let Some(folder) = option("--victim") {
        return runtime.block_on(victim(Path::new(&folder)));
    }
    let number = |name, default| option(name).map_or(default, |text| text.parse().unwrap());
    let settings = Settings {
        time: Duration::from_secs(number("--seconds", 2) as u64),
        rounds: number("--rounds", 3),
        backlog: number("--backlog", 1_000_000),
        folder: option("--folder").map_or_else(std::env::temp_dir, PathBuf::from),
    };
    let postgres = Postgres::start_in(&settings.folder);
    runtime.block_on(async {
        rates(&settings, postgres.as_ref()).await;
        for engine in Engine::all(postgres.as_ref()) {
            backlogs(&settings, engine).await;
        }
        recovery(&settings).await;
    });
}

/// What one measurement found.
struct Sample {
    per_second: f64,
    /// In seconds, in their order.
    times: Vec<f64>,
}

impl Sample {
    fn new(count: usize, elapsed: Duration, mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self { per_second: count as f64 / elapsed.as_secs_f64(), times }
    }

    fn percentile(&self, percent: usize) -> f64 {
        let place = (self.times.len() * percent).div_ceil(100).saturating_sub(1);
        self.times.get(place).copied().unwrap_or(0.0) * 1000.0
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Everything that is a rate, in rounds one after the other, so that a busy moment of the machine hits all alike.
async fn rates(settings: &Settings, postgres: Option<&Postgres>) {
    let mut rows: Vec<(String, Vec<(Sample, f64)>)> = Vec::new();
    for round in 0..settings.rounds {
        let folder = tempfile::tempdir_in(&settings.folder).unwrap();
        let raw = raw(folder.path(), settings.time);
        let limit = raw.per_second;
        let mut place = 0;
        let mut add = |name: String, sample| {
            if round == 0 {
                rows.push((name, Vec::new()));
            }
            rows[place].1.push((sample, limit));
            place += 1;
        };
        add(format!("raw append of {BODY} bytes + fdatasync"), raw);
        for engine in Engine::all(postgres) {
            let name = engine.name();
            for callers in CALLERS {
                let empty = engine.store(&settings.folder).await;
                let sample = accepting(&empty.store, callers, settings.time).await;
                add(format!("{name}: accept, {callers} callers"), sample);
            }
            for callers in CALLERS {
                let empty = engine.store(&settings.folder).await;
                let sample = cycling(&empty.store, callers, settings.time).await;
                add(format!("{name}: accept, claim and settle, {callers} callers"), sample);
            }
            for batch in BATCHES {
                let empty = engine.store(&settings.folder).await;
                let sample = working(&empty.store, batch, settings.time).await;
                add(format!("{name}: claim and settle {batch} at a time, one worker"), sample);
            }
        }
    }
    println!("\nmedians of {} rounds of {:?} each; p50 and p99 per call", settings.rounds, settings.time);
    println!("{:<52} {:>9} {:>9} {:>9} {:>9}", "", "events/s", "x raw", "p50 ms", "p99 ms");
    for (name, samples) in rows {
        println!(
            "{name:<52} {:>9.0} {:>9.2} {:>9.2} {:>9.2}",
            median(samples.iter().map(|(sample, _)| sample.per_second)),
            median(samples.iter().map(|(sample, limit)| sample.per_second / limit)),
            median(samples.iter().map(|(sample, _)| sample.percentile(50))),
            median(samples.iter().map(|(sample, _)| sample.percentile(99))),
        );
    }
}

/// What the disk does at best without sharing: each write is synced for itself.
fn raw(folder: &Path, time: Duration) -> Sample {
    let mut file = File::create(folder.join("raw")).unwrap();
    let body = [b'x'; BODY];
    let (began, mut times) = (Instant::now(), Vec::new());
    while began.elapsed() < time {
        let at = Instant::now();
        file.write_all(&body).unwrap();
        file.sync_data().unwrap();
        times.push(at.elapsed().as_secs_f64());
    }
    Sample::new(times.len(), began.elapsed(), times)
}

async fn accepting(store: &Arc<dyn Store>, callers: usize, time: Duration) -> Sample {
    let began = Instant::now();
    let times = all(callers, |caller| accept_for(Arc::clone(store), caller, began, time)).await;
    let times: Vec<f64> = times.into_iter().flatten().collect();
    Sample::new(times.len(), began.elapsed(), times)
}

async fn accept_for(store: Arc<dyn Store>, caller: usize, began: Instant, time: Duration) -> Vec<f64> {
    let (mut random, mut times) = (Random::new(caller), Vec::new());
    while began.elapsed() < time {
        let event = random.event("order.paid", BODY);
        let at = Instant::now();
        store.accept(&[event]).await.unwrap();
        times.push(at.elapsed().as_secs_f64());
    }
    times
}

/// Callers bring events while workers take them out; it ends when all are processed.
async fn cycling(store: &Arc<dyn Store>, callers: usize, time: Duration) -> Sample {
    const WORKERS: usize = 4;

    let began = Instant::now();
    let accepted = Arc::new(AtomicBool::new(false));
    let finished = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let (store, accepted, finished) = (Arc::clone(store), Arc::clone(&accepted), Arc::clone(&finished));
        workers.spawn(async move {
            loop {
                let last = accepted.load(Ordering::Acquire);
                let taken = claim_and_settle(&*store, &format!("worker {worker}"), 16).await;
                finished.fetch_add(taken as u64, Ordering::Relaxed);
                if taken == 0 {
                    if last {
                        break;
                    }
                    store.wakeup(&routes(&[]), Duration::from_millis(5)).await.unwrap();
                }
            }
        });
    }
    let times = all(callers, |caller| accept_for(Arc::clone(store), caller, began, time)).await;
    accepted.store(true, Ordering::Release);
    while workers.join_next().await.is_some() {}
    let elapsed = began.elapsed();
    let times: Vec<f64> = times.into_iter().flatten().collect();
    assert_eq!(finished.load(Ordering::Relaxed), times.len() as u64, "an event was left");
    Sample::new(times.len(), elapsed, times)
}

async fn working(store: &Arc<dyn Store>, batch: usize, time: Duration) -> Sample {
    fill(&**store, "order.paid", 100_000, BODY).await;
    let (began, mut times, mut events) = (Instant::now(), Vec::new(), 0);
    while began.elapsed() < time {
        let at = Instant::now();
        let taken = claim_and_settle(&**store, "worker", batch).await;
        times.push(at.elapsed().as_secs_f64());
        events += taken;
        if taken == 0 {
            break;
        }
    }
    Sample::new(events, began.elapsed(), times)
}

async fn claim_and_settle(store: &dyn Store, worker: &str, batch: usize) -> usize {
    let claims = store.claim(&Claim::new(worker, routes(&[]), batch, LEASE)).await.unwrap();
    let done = |claimed: &webhook_inbox::Claimed| {
        Settlement::new(claimed.lease, Outcome::Done, Duration::from_millis(1))
    };
    let settlements: Vec<Settlement> = claims.events.iter().map(done).collect();
    if !settlements.is_empty() {
        store.settle(&settlements).await.unwrap();
    }
    settlements.len()
}

/// How a claim takes longer the more events wait.
async fn backlogs(settings: &Settings, engine: Engine<'_>) {
    println!("\nclaim 16 of a backlog of {}, with 256-byte bodies", engine.name());
    println!("{:<52} {:>9} {:>9} {:>9}", "", "p50 ms", "p99 ms", "stats ms");
    for (name, paused, waiting) in [
        ("1,000 wait".to_owned(), 0, 1_000),
        (format!("{} wait", settings.backlog), 0, settings.backlog),
        (format!("{} of a paused name, 1,000 behind them", settings.backlog), settings.backlog, 1_000),
    ] {
        let empty = engine.store(&settings.folder).await;
        let store = &*empty.store;
        fill(store, "paused", paused, 256).await;
        fill(store, "order.paid", waiting, 256).await;
        let mut times = Vec::new();
        for _ in 0..50 {
            let at = Instant::now();
            let claim = Claim::new("worker", routes(&["paused"]), 16, LEASE);
            let claims = store.claim(&claim).await.unwrap();
            times.push(at.elapsed().as_secs_f64());
            assert_eq!(claims.events.len(), 16);
        }
        let sample = Sample::new(50, Duration::from_secs(1), times);
        let at = Instant::now();
        store.stats(Range::all()).await.unwrap();
        let stats = at.elapsed().as_secs_f64() * 1000.0;
        println!("{name:<52} {:>9.2} {:>9.2} {stats:>9.0}", sample.percentile(50), sample.percentile(99));
    }
}

/// Kills a process that accepts events, and opens what it left.
async fn recovery(settings: &Settings) {
    println!("\nopening SQLite's file after a kill -9 under load of 16 callers");
    println!("{:<20} {:>12} {:>12} {:>12} {:>12}", "", "answered", "stored", "log KiB", "open ms");
    for round in 1..=settings.rounds {
        let folder = tempfile::tempdir_in(&settings.folder).unwrap();
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .arg("--victim")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(settings.time);
        victim.kill().unwrap();
        // One character for each answer.
        let mut answered = 0;
        let mut answers = BufReader::new(victim.stdout.take().unwrap());
        loop {
            let read = answers.fill_buf().unwrap().len();
            if read == 0 {
                break;
            }
            answered += read;
            answers.consume(read);
        }
        victim.wait().unwrap();
        let log = std::fs::metadata(folder.path().join("inbox.db-wal")).map_or(0, |log| log.len());
        let at = Instant::now();
        let store = sqlite(folder.path());
        let opened = at.elapsed().as_secs_f64() * 1000.0;
        let stored =
            store.stats(Range::all()).await.unwrap().sources.get("shop").map_or(0, |shop| shop.backlog);
        assert!(stored >= answered as u64, "{answered} were answered and {stored} stored");
        assert_eq!(store.integrity_check().await.unwrap(), [""; 0]);
        println!("round {round:<14} {answered:>12} {stored:>12} {:>12} {opened:>12.1}", log / 1024);
    }
}

/// Accepts until it is killed, and tells of each answer.
async fn victim(folder: &Path) {
    let store: Arc<dyn Store> = Arc::new(sqlite(folder));
    let _: Vec<()> = all(16, |caller| {
        let store = Arc::clone(&store);
        async move {
            let mut random = Random::new(caller);
            loop {
                store.accept(&[random.event("order.paid", BODY)]).await.unwrap();
                std::io::stdout().write_all(b".").unwrap();
                std::io::stdout().flush().unwrap();
            }
        }
    })
    .await;
}

async fn fill(store: &dyn Store, kind: &str, events: usize, bytes: usize) {
    // Not the keys of another fill of the same size.
    let mut random = Random::new(events + kind.len());
    for done in (0..events).step_by(1_000) {
        let batch = (events - done).min(1_000);
        let batch: Vec<NewEvent> = (0..batch).map(|_| random.event(kind, bytes)).collect();
        store.accept(&batch).await.unwrap();
    }
}

async fn all<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    callers: usize,
    call: impl Fn(usize) -> F,
) -> Vec<T> {
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        tasks.spawn(call(caller));
    }
    tasks.join_all().await
}

fn routes(paused: &[&str]) -> Vec<Route> {
    let paused = paused.iter().copied().map(str::to_owned).collect();
    vec![Route::new("shop", Kinds::Except(paused), 5.try_into().unwrap())]
}

/// SplitMix64: keys that no index likes, and the same in every run.
struct Random(u64);

impl Random {
    fn new(seed: usize) -> Self {
        Self((seed as u64 + 1) << 32)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn event(&mut self, kind: &str, bytes: usize) -> NewEvent {
        let mut body = String::with_capacity(bytes + 16);
        body.push_str("{\"order\":\"");
        while body.len() < bytes - 2 {
            body.push_str(&format!("{:016x}", self.next()));
        }
        body.truncate(bytes - 2);
        body.push_str("\"}");
        let key = IdempotencyKey::new(format!("{:016x}{:016x}", self.next(), self.next()));
        NewEvent::verified("shop", &assume_verified(body.as_bytes())).kind(kind).key(Some(key))
    }
}
