//! The labelled replies: the set is whole, and what the guard does with it is counted.

use std::collections::BTreeMap;

use attendant::evals::SEED;
use attendant::evals::guard::{self, Half, Kind, Label};

/// Of each kind there are at least so many falsehoods.
const OF_A_KIND_MIN: usize = 12;

#[test]
fn the_set_has_every_kind_in_both_halves() {
    let set = guard::load(None).unwrap();
    assert!(set.contexts.len() >= 25, "{} contexts", set.contexts.len());
    assert!(set.replies.len() >= 480, "{} replies", set.replies.len());
    let mut kinds: BTreeMap<Kind, [usize; 2]> = BTreeMap::new();
    let mut honest = [0, 0];
    for reply in &set.replies {
        let half = usize::from(reply.half == Half::Test);
        match &reply.label {
            Label::True => honest[half] += 1,
            Label::False { kind, .. } => kinds.entry(*kind).or_default()[half] += 1,
        }
    }
    assert_eq!(kinds.len(), 27);
    for (kind, [dev, test]) in &kinds {
        assert!(dev + test >= OF_A_KIND_MIN, "{kind:?}: {dev} and {test}");
        assert!(*dev > 0 && *test > 0, "{kind:?}: {dev} and {test}");
    }
    let planted: [usize; 2] = [0, 1].map(|half| kinds.values().map(|both| both[half]).sum());
    for (half, (honest, planted)) in honest.iter().zip(planted).enumerate() {
        let share = *honest as f64 / (honest + planted) as f64;
        assert!((0.45..=0.55).contains(&share), "half {half}: {share:.2}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_is_judged() {
    let set = guard::load(None).unwrap();
    let report = guard::run(&set, SEED).await.unwrap();
    assert_eq!(report.replies, set.replies.len());
    assert_eq!(report.falsehoods + report.true_replies, report.replies);
    let wrong = report.falsehoods - report.stopped + report.false_alarms;
    assert_eq!(report.missed.len(), wrong);
    assert!(report.us_per_sentence_p50 > 0.0);
    let json = serde_json::to_value(&report).unwrap();
    for key in ["stopped", "recall", "false_alarm_rate", "kinds"] {
        assert!(!json[key].is_null(), "{key}");
    }
}
