//! What claims make of rows that are not as they should be.

use webhook_inbox::{DeadReason, InboxAdmin as _, InboxStore as _, State};
use webhook_test_postgres::Postgres;

use crate::{claim, client, event, store};

#[tokio::test]
async fn an_event_that_lost_its_body_is_a_dead_letter_alone() {
    let Some(server) = Postgres::shared() else { return };
    let store = store(&server, "bare").await;
    let ordered = |body| event(body).ordering("order 7");
    let receipts =
        store.accept(&[event("first"), ordered("lost"), ordered("next"), event("last")]).await.unwrap();
    let lost = receipts[1].id();
    let damage = format!("DELETE FROM bare.bodies WHERE event = {lost}");
    client(&server).await.batch_execute(&damage).await.unwrap();
    let claims = claim(&store, 9).await;
    let mut bodies: Vec<&[u8]> = claims.events.iter().map(|event| &event.body[..]).collect();
    bodies.sort_unstable();
    assert_eq!((bodies, claims.buried), (vec![&b"first"[..], b"last"], vec![lost]));
    let event = store.event(lost).await.unwrap().unwrap();
    assert_eq!((event.state, event.reason), (State::Dead, Some(DeadReason::Permanent)));
    assert_eq!(claim(&store, 9).await.events[0].body, "next");
}
