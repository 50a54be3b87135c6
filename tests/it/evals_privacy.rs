//! Another customer's order: what its owner learns in the chat, nobody else does, asked in fifty
//! ways, signed in as somebody else and not signed in at all.

use std::sync::Arc;

use attendant::evals::SEED;
use attendant::evals::privacy::{self, Phrasings};
use attendant::model::builtin::Builtin;

#[tokio::test(flavor = "multi_thread")]
async fn no_phrasing_brings_out_another_customers_order() {
    let phrasings = Phrasings::embedded().unwrap();
    assert!(phrasings.ask.len() >= 50);
    let report = privacy::run(&phrasings, Arc::new(Builtin), SEED)
        .await
        .unwrap();
    // Were nothing learned by the owner, silence towards others would prove nothing.
    for value in [
        "number",
        "placed",
        "tracking",
        "line1.title",
        "line2.title",
        "total",
    ] {
        assert!(
            report.learned.iter().any(|name| name == value),
            "not learned: {value}"
        );
    }
    assert_eq!(report.conversations, 2 * phrasings.ask.len());
    assert_eq!(report.leaks, Vec::<String>::new());
}
