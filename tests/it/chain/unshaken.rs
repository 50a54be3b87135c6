//! The bench of the same name in the size of a test: some hundred turns.

#[path = "../../bench/unshaken/endpoint.rs"]
mod endpoint;
#[path = "../../bench/unshaken/load.rs"]
mod load;

const TURNS: usize = 240;

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_breaks_every_fifth_call_loses_nothing_and_does_nothing_twice() {
    let folder = crate::running::Folder::new("unshaken");
    let world = load::World::new(folder.path(), 6).await.unwrap();
    let tally = world.play(TURNS, 12).await.unwrap();
    assert_eq!(tally.turns, TURNS);
    let (calls, broken) = world.calls();
    assert!(broken * 8 > calls, "{broken} of {calls}");
    let most = tally.effects * 10 >= TURNS / 4 * 9;
    assert!(most, "the talks lead to their effect: {tally:?}");
    let failed = tally.hand_offs.get("Failure");
    assert_eq!(failed, None, "the built-in model answers first: {tally:?}");
    assert!(
        tally.answers["scripted"] > tally.answers["builtin"],
        "{tally:?}"
    );
}
