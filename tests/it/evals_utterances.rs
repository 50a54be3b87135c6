//! Foreign words: the runner on a small set of its own, and on the public one where it lies beside
//! the checkout (`ATTENDANT_DATA` names the folder of public data sets).

use std::path::PathBuf;
use std::sync::Arc;

use attendant::evals::SEED;
use attendant::evals::utterances::{self, UtteranceReport};
use attendant::model::builtin::Builtin;

async fn run(csv: &str) -> UtteranceReport {
    utterances::run(csv, Arc::new(Builtin), SEED).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn utterances_are_filled_sent_and_counted() {
    let report = run("utterance,intent,entity_type,entity_value,tags\n\
         \"where is order 123456789, please?\",track_order,order_id,123456789,B\n\
         I would like to speak to a human being,contact_human_agent,,,B\n\
         delete my account,delete_account,,,B\n")
    .await;
    assert_eq!(report.total, 2, "accounts are not sent");
    assert_eq!(report.right_first_tool, 2, "{:?}", report.failures);
    assert_eq!(report.wrong_write_proposed, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_without_the_columns_is_refused() {
    let csv = "text,label\nhello,x\n";
    let refused = utterances::run(csv, Arc::new(Builtin), SEED).await;
    assert!(refused.unwrap_err().to_string().contains("utterance"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_set_leads_to_the_right_first_tool() {
    let Some(folder) = std::env::var_os("ATTENDANT_DATA").map(PathBuf::from) else {
        crate::skips::without_data("evals_utterances");
        return;
    };
    let csv = std::fs::read_to_string(folder.join("bitext-2022/dev.csv")).unwrap();
    let report = run(&csv).await;
    let share = report.right_first_tool as f64 / report.total as f64;
    assert!(report.total >= 300, "{} utterances", report.total);
    assert!(share >= 0.9, "{share:.3}\n{}", report.table());
    assert_eq!(report.wrong_write_proposed, 0);
}
