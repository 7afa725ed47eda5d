use std::time::Duration;

use webhook_verify::danger::assume_verified;

use super::steps::{Check, HOUR, all_of, dead, ensure, ensure_eq, event, keyed, only, only_one, retry};
use super::{Seen, Subject};
use crate::{
    DeadReason, Filter, InboxAdmin, InboxStore, Keep, MAX_HOURS, NewEvent, Outcome, Page, Range, Retention,
    State,
};

pub(super) async fn lists_are_filtered_and_paged<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(s.accept_new(event(if number % 2 == 0 { "even" } else { "odd" })).await?);
    }
    s.clock.advance(HOUR);
    ids.push(s.accept_new(NewEvent::verified("market", &assume_verified(b"m")).kind("even")).await?);
    ids.reverse();
    let list = async |filter: Filter, page: Page| {
        let events = s.store.list(&filter, page).await?;
        if events.iter().any(|event| event.body.is_some()) {
            return Err(Seen::from("a list has bodies".to_owned()));
        }
        Ok(events.iter().map(|event| event.id).collect::<Vec<_>>())
    };
    let picked =
        |places: &[usize]| places.iter().filter_map(|&place| ids.get(place).copied()).collect::<Vec<_>>();

    ensure_eq!(list(Filter::all(), Page::first(100)).await?, ids, "all, the newest first");
    ensure_eq!(list(Filter::all(), Page::first(2)).await?, picked(&[0, 1]), "the first page");
    let last = *ids.get(1).ok_or_else(|| "no id".to_owned())?;
    ensure_eq!(list(Filter::all(), Page::before(last, 2)).await?, picked(&[2, 3]), "the second page");
    ensure_eq!(list(Filter::all(), Page::first(0)).await?, picked(&[]), "an empty page");
    ensure_eq!(
        list(Filter::all().source("shop"), Page::first(9)).await?,
        picked(&[1, 2, 3, 4, 5]),
        "of a source"
    );
    ensure_eq!(list(Filter::all().kind("even"), Page::first(9)).await?, picked(&[0, 1, 3, 5]), "of a name");
    let newest = s.event(*ids.first().ok_or_else(|| "no id".to_owned())?).await?.received_at;
    let since = Filter::all().stored(Some(newest), None);
    ensure_eq!(list(since, Page::first(9)).await?, picked(&[0]), "since a moment");
    let until = Filter::all().stored(None, Some(newest));
    ensure_eq!(list(until, Page::first(9)).await?, picked(&[1, 2, 3, 4, 5]), "until a moment");
    let claimed = s.claim(vec![only("shop", &["odd"])], 1).await?;
    ensure_eq!(claimed.events.len(), 1, "claimed events");
    ensure_eq!(list(Filter::all().state(State::Leased), Page::first(9)).await?, picked(&[4]), "in a state");

    // A state does not put the other conditions out of force.
    let waiting = || Filter::all().state(State::Pending);
    ensure_eq!(list(waiting().kind("odd"), Page::first(9)).await?, picked(&[2]), "of a name in a state");
    ensure_eq!(
        list(waiting().source("market"), Page::first(9)).await?,
        picked(&[0]),
        "of a source in a state"
    );
    let since = waiting().stored(Some(newest), None);
    ensure_eq!(list(since, Page::first(9)).await?, picked(&[0]), "in a state, since a moment");
    let until = waiting().stored(None, Some(newest));
    ensure_eq!(list(until, Page::first(9)).await?, picked(&[1, 2, 3, 5]), "in a state, until a moment");
    Ok(())
}

pub(super) async fn statistics_count_what_happened<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let empty = s.store.stats(Range::all()).await?;
    ensure_eq!(empty.summary.total_processed, 0, "processed of nothing");
    ensure!(empty.summary.success_rate.abs() < f64::EPSILON, "success rate of nothing");
    let began = s.clock.now();

    // Two processed, one of them at its third attempt; one dead at once; one still waiting.
    s.accept_new(event("INSERT")).await?;
    let claimed = s.claim_one().await?;
    s.finish(&claimed, Outcome::Done).await?;
    s.accept_new(event("insert")).await?;
    for outcome in [retry(Duration::ZERO), retry(Duration::ZERO), Outcome::Done] {
        let claimed = s.claim_one().await?;
        s.finish(&claimed, outcome).await?;
    }
    s.accept_new(NewEvent::verified("market", &assume_verified(b"d")).kind("delete")).await?;
    let claimed = only_one(s.claim(vec![all_of("market", 3)], 9).await?.events, "event")?;
    s.finish(&claimed, dead(DeadReason::Permanent)).await?;
    s.accept_new(event("update")).await?;

    let stats = s.store.stats(Range::all()).await?;
    let summary = &stats.summary;
    ensure_eq!((summary.total_processed, summary.total_failed), (2, 1), "processed and failed");
    ensure_eq!(summary.total_retries, 2, "retries");
    ensure!((summary.success_rate - 0.667).abs() < f64::EPSILON, "success rate {}", summary.success_rate);
    let average = summary.average_processing_time_seconds;
    ensure!((average - 0.25).abs() < f64::EPSILON, "average {average}");
    let by_type: Vec<_> =
        summary.events_by_type.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    ensure_eq!(by_type, [("delete", 1), ("insert", 2)], "finished events by type");
    let by_source: Vec<_> =
        summary.events_by_source.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    ensure_eq!(by_source, [("market", 1), ("shop", 2)], "finished events by source");

    let shop = stats.sources.get("shop").ok_or_else(|| "no statistics of a source".to_owned())?;
    ensure_eq!((shop.backlog, shop.dead), (1, 0), "backlog and dead letters");
    ensure!(shop.oldest_waiting_ms.is_some(), "nothing waits");
    ensure!(
        shop.latency.is_some_and(|latency| latency.p50_ms <= latency.p99_ms),
        "latency {:?}",
        shop.latency
    );
    let attempts: u64 = shop.hours.iter().map(|hour| hour.attempts).sum();
    let failures: u64 = shop.hours.iter().map(|hour| hour.failures).sum();
    ensure_eq!((attempts, failures), (4, 2), "attempts and failures by hour");
    let market = stats.sources.get("market").ok_or_else(|| "no statistics of a source".to_owned())?;
    ensure_eq!((market.backlog, market.dead, market.latency), (0, 1, None), "a source with one dead letter");

    s.clock.advance(HOUR.saturating_mul(3));
    let later = s.store.stats(Range::since(s.clock.now())).await?;
    ensure_eq!(later.summary.total_processed, 0, "processed since now");
    ensure_eq!(later.sources.get("shop").map(|shop| shop.backlog), Some(1), "the backlog of any range");
    let before = s.store.stats(Range::all().until(began)).await?;
    ensure_eq!(before.summary.total_failed, 0, "failed before the beginning");
    let since = s.store.stats(Range::since(began)).await?;
    ensure_eq!(since.summary, stats.summary, "since the beginning");
    Ok(())
}

pub(super) async fn statistics_keep_what_was_purged<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let began = s.clock.now();
    for outcome in [Outcome::Done, retry(Duration::ZERO), Outcome::Done] {
        s.accept_new(event("order")).await?;
        let claimed = s.claim_one().await?;
        s.finish(&claimed, outcome.clone()).await?;
        if outcome != Outcome::Done {
            let claimed = s.claim_one().await?;
            s.finish(&claimed, dead(DeadReason::Attempts)).await?;
        }
    }
    let before = s.store.stats(Range::all()).await?.summary;
    ensure_eq!((before.total_processed, before.total_failed, before.total_retries), (2, 1, 1), "counts");
    s.clock.advance(HOUR);
    let purged = s.store.purge(&Retention::new(Keep::DEFAULT.bodies(HOUR).dead(Some(HOUR)))).await?;
    ensure_eq!(purged.bodies, 3, "purged bodies");
    ensure!(
        s.store.list(&Filter::all(), Page::first(9)).await?.is_empty(),
        "events without key and body are listed"
    );
    let after = s.store.stats(Range::all()).await?.summary;
    ensure_eq!(after, before, "statistics after the purge");

    // When the purged ones were finished is not known any more, so they are in no range that has an end.
    let counted = async |range: Range| Ok::<_, Seen>(s.store.stats(range).await?.summary.total_processed);
    ensure_eq!(counted(Range::since(began)).await?, 0, "purged events since the beginning");
    ensure_eq!(counted(Range::all().until(began)).await?, 0, "purged events until the beginning");
    ensure_eq!(counted(Range::all().until(s.clock.now())).await?, 0, "purged events until now");
    Ok(())
}

pub(super) async fn a_purge_keeps_what_is_unfinished<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let pending = s.accept_new(keyed("1", "pending")).await?;
    s.accept_new(event("dead")).await?;
    let claims = s.claim(vec![only("shop", &["dead"])], 9).await?;
    let claimed = only_one(claims.events, "event")?;
    s.finish(&claimed, dead(DeadReason::Permanent)).await?;
    s.clock.advance(HOUR.saturating_mul(10_000));
    let purged = s.store.purge(&Retention::default()).await?;
    ensure_eq!((purged.keys, purged.bodies), (1, 0), "purged keys and bodies");
    ensure!(s.event(claimed.lease.event).await?.body.is_some(), "a dead letter lost its body");
    ensure_eq!(s.claim_one().await?.lease.event, pending, "the event that waited");
    Ok(())
}

pub(super) async fn statistics_tell_how_long_it_took<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let hours = |time: u64| Some(time / 3_600_000);
    for kind in ["1", "2", "3", "waiting"] {
        s.accept_new(event(kind)).await?;
    }
    for kind in ["1", "2", "3"] {
        s.clock.advance(HOUR);
        let claimed = only_one(s.claim(vec![only("shop", &[kind])], 1).await?.events, "claimed event")?;
        s.finish(&claimed, Outcome::Done).await?;
    }
    let mut stats = s.store.stats(Range::all()).await?;
    let shop = stats.sources.remove("shop").ok_or_else(|| "no statistics of a source".to_owned())?;
    let latency = shop.latency.ok_or_else(|| "no latency".to_owned())?;
    let seen = (hours(latency.p50_ms), hours(latency.p95_ms), hours(latency.p99_ms));
    ensure_eq!(seen, (Some(2), Some(3), Some(3)), "latencies in hours");
    ensure_eq!(shop.oldest_waiting_ms.and_then(hours), Some(3), "the oldest that waits, in hours");
    Ok(())
}

pub(super) async fn statistics_have_the_last_hours<S: InboxStore + InboxAdmin>(s: Subject<S>) -> Check {
    let id = s.accept_new(event("order")).await?;
    for number in 0..=MAX_HOURS {
        let claimed = only_one(s.claim(vec![all_of("shop", u32::MAX)], 1).await?.events, "claimed event")?;
        let outcome = if number % 2 == 0 { retry(Duration::ZERO) } else { Outcome::Release };
        s.finish(&claimed, outcome).await?;
        s.clock.advance(HOUR);
    }
    let mut expected: Vec<(i64, u64, u64)> = Vec::new();
    for attempt in s.store.attempts(id).await? {
        let began = attempt.started_at.as_millis();
        let begins = began.saturating_sub(began.rem_euclid(3_600_000));
        expected.push((begins, 1, u64::from(attempt.status.is_failure())));
    }
    expected.reverse();
    expected.truncate(MAX_HOURS);
    let mut stats = s.store.stats(Range::all()).await?;
    let shop = stats.sources.remove("shop").ok_or_else(|| "no statistics of a source".to_owned())?;
    let seen: Vec<_> =
        shop.hours.iter().map(|hour| (hour.begins.as_millis(), hour.attempts, hour.failures)).collect();
    ensure_eq!(seen, expected, "beginning, attempts and failures of each hour");
    Ok(())
}
