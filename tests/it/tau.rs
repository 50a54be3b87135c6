//! The retail domain of tau-bench with our own tools: the public set where it lies beside the
//! checkout (`ATTENDANT_DATA` names the folder of public data sets), and a small set in the same
//! format that is always there, to see that what is wrong is found.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use attendant::evals::tau::{self, Report};
use serde_json::{Value, json};

use crate::running::Folder;

/// One user, one product in three variants, three orders.
pub struct Small {
    folder: Folder,
}

impl Small {
    pub fn new() -> Self {
        let folder = Folder::new("tau");
        let small = Self { folder };
        std::fs::create_dir_all(small.path("db")).unwrap();
        small.write("db/users.json", &users().to_string());
        small.write("db/orders.json", &orders().to_string());
        small.write("db/products.json", &products().to_string());
        small
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    async fn replay(&self, actions: &Value, diff: &Value) -> Report {
        let (tasks, ends) = self.task(actions, diff);
        let (tasks, ends) = ([tasks], [ends]);
        tau::replay(self.folder.path(), &tasks, &ends)
            .await
            .unwrap()
    }

    fn task(&self, actions: &Value, diff: &Value) -> (PathBuf, PathBuf) {
        let task = json!({ "id": "small-1", "actions": actions });
        let end = json!({ "id": "small-1", "diff": diff });
        (
            self.write("tasks.jsonl", &format!("{task}\n")),
            self.write("expected.jsonl", &format!("{end}\n\n")),
        )
    }

    async fn probe(&self, calls: &Value, observations: &Value, diff: &Value) -> Report {
        let probe = json!({
            "id": "probe-1", "calls": calls, "observations": observations, "diff": diff
        });
        let file = self.write("probes.jsonl", &probe.to_string());
        tau::probes(self.folder.path(), &[file]).await.unwrap()
    }
}

fn address() -> Value {
    json!({
        "address1": "1 Test Street", "address2": "Suite 2", "city": "Austin",
        "country": "USA", "state": "TX", "zip": "73301"
    })
}

fn users() -> Value {
    json!({ "ann_test_1": {
        "name": { "first_name": "Ann", "last_name": "Test" },
        "address": address(),
        "email": "ann@shop.example",
        "payment_methods": {
            "credit_card_1": { "source": "credit_card", "brand": "visa", "last_four": "4242", "id": "credit_card_1" },
            "gift_card_1": { "source": "gift_card", "balance": 10, "id": "gift_card_1" },
            "paypal_1": { "source": "paypal", "id": "paypal_1" }
        },
        "orders": ["#W2", "#W1", "#W3"]
    } })
}

fn products() -> Value {
    let variant = |item: &str, color: &str, available: bool, price: f64| {
        let options = json!({ "color": color, "neck/line": "round" });
        json!({ "item_id": item, "options": options, "available": available, "price": price })
    };
    json!({ "900": { "name": "T-Shirt", "product_id": "900", "variants": {
        "11": variant("11", "red", true, 20.10),
        "12": variant("12", "blue", true, 25.00),
        "13": variant("13", "green", false, 19.99),
    } } })
}

pub fn order(number: &str, status: &str, items: &[&str], amount: f64) -> Value {
    let item = |id: &&str| {
        let variant = products()["900"]["variants"][*id].clone();
        json!({
            "name": "T-Shirt", "product_id": "900", "item_id": id,
            "price": variant["price"], "options": variant["options"]
        })
    };
    let sent = json!([{ "tracking_id": ["5550"], "item_ids": items }]);
    json!({
        "order_id": number, "user_id": "ann_test_1", "address": address(), "status": status,
        "items": items.iter().map(item).collect::<Vec<_>>(),
        "fulfillments": if status == "pending" { json!([]) } else { sent },
        "payment_history": [{
            "transaction_type": "payment", "amount": amount, "payment_method_id": "credit_card_1"
        }]
    })
}

fn orders() -> Value {
    json!({
        "#W1": order("#W1", "pending", &["11"], 20.1),
        "#W2": order("#W2", "delivered", &["11", "12", "11"], 65.2),
        "#W3": order("#W3", "processed", &["12"], 25.0),
    })
}

fn call(name: &str, arguments: Value) -> Value {
    json!({ "name": name, "arguments": arguments })
}

/// A change of items, and what it comes to.
fn dearer() -> (Value, Value) {
    let arguments = json!({
        "order_id": "#W1", "item_ids": ["11"], "new_item_ids": ["12"],
        "payment_method_id": "gift_card_1"
    });
    let paid = json!({
        "transaction_type": "payment", "amount": 4.9, "payment_method_id": "gift_card_1"
    });
    let diff = json!([
        { "op": "replace", "path": "/orders/#W1/items/0/item_id", "value": "12" },
        { "op": "replace", "path": "/orders/#W1/items/0/options/color", "value": "blue" },
        { "op": "replace", "path": "/orders/#W1/items/0/price", "value": 25.0 },
        { "op": "add", "path": "/orders/#W1/payment_history/1", "value": paid },
        { "op": "replace", "path": "/orders/#W1/status", "value": "pending (item modified)" },
        { "op": "replace", "path": "/users/ann_test_1/payment_methods/gift_card_1/balance", "value": 5.1 }
    ]);
    let calls = json!([call("modify_pending_order_items", arguments)]);
    (calls, diff)
}

fn passed(report: &Report) {
    assert_eq!(report.passed, report.total, "\n{}", report.lines());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_state_is_the_set_s_own() {
    let small = Small::new();
    let (calls, diff) = dearer();
    passed(&small.replay(&calls, &diff).await);
    let exchange = call(
        "exchange_delivered_order_items",
        json!({
            "order_id": "#W2", "item_ids": ["11", "11"], "new_item_ids": ["12", "11"],
            "payment_method_id": "paypal_1"
        }),
    );
    let diff = json!([
        { "op": "replace", "path": "/orders/#W2/status", "value": "exchange requested" },
        { "op": "add", "path": "/orders/#W2/exchange_items", "value": ["11", "11"] },
        { "op": "add", "path": "/orders/#W2/exchange_new_items", "value": ["11", "12"] },
        { "op": "add", "path": "/orders/#W2/exchange_payment_method_id", "value": "paypal_1" },
        { "op": "add", "path": "/orders/#W2/exchange_price_difference", "value": 4.9 }
    ]);
    passed(&small.replay(&json!([exchange]), &diff).await);
}

/// An item changed into what it is: nothing is paid, and still a way to pay is named and kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_costs_nothing_names_its_way_to_pay() {
    let small = Small::new();
    let change = |method: &str| {
        let arguments = json!({
            "order_id": "#W1", "item_ids": ["11"], "new_item_ids": ["11"],
            "payment_method_id": method
        });
        json!([call("modify_pending_order_items", arguments)])
    };
    let nothing = json!({
        "transaction_type": "refund", "amount": 0.0, "payment_method_id": "paypal_1"
    });
    let diff = json!([
        { "op": "add", "path": "/orders/#W1/payment_history/1", "value": nothing },
        { "op": "replace", "path": "/orders/#W1/status", "value": "pending (item modified)" }
    ]);
    passed(&small.replay(&change("paypal_1"), &diff).await);
    for method in ["paypal_2", ""] {
        let refused = json!(["Error: payment method not found"]);
        passed(&small.probe(&change(method), &refused, &json!([])).await);
    }
}

/// One value of what is expected is another: nothing of it may pass.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_state_that_is_another_is_found() {
    let small = Small::new();
    let (calls, diff) = dearer();
    let others = [
        (0, json!("11"), "/orders/#W1/items/0/item_id"),
        (2, json!(25.01), "/orders/#W1/items/0/price"),
        (4, json!("pending"), "/orders/#W1/status"),
        (
            5,
            json!(5.11),
            "/users/ann_test_1/payment_methods/gift_card_1/balance",
        ),
    ];
    for (at, value, path) in others {
        let mut diff = diff.clone();
        diff[at]["value"] = value.clone();
        let report = small.replay(&calls, &diff).await;
        assert_eq!((report.passed, report.failures.len()), (0, 1), "{path}");
        assert_eq!(report.failures[0].expected[path], value);
        assert!(report.failures[0].got.get(path).is_some(), "{path}");
    }
    // What was not to change, and what was to change and did not.
    let report = small.replay(&calls, &json!([])).await;
    assert_eq!(report.failures[0].got["/orders/#W1/items/0/item_id"], "12");
    let report = small.replay(&json!([]), &diff).await;
    assert_eq!(report.failures[0].got["/orders/#W1/items/0/item_id"], "11");
    let strange = json!([{ "op": "add", "path": "/orders/#W9", "value": { "status": "new" } }]);
    let report = small.replay(&json!([]), &strange).await;
    assert!(report.failures[0].expected.get("/orders/#W9").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_are_compared_by_class() {
    let small = Small::new();
    let cancel = |reason: &str| {
        let arguments = json!({ "order_id": "#W3", "reason": reason });
        call("cancel_pending_order", arguments)
    };
    let name = |last: &str| {
        let arguments = json!({ "first_name": "ann", "last_name": last, "zip": "73301" });
        call("find_user_id_by_name_zip", arguments)
    };
    let calls = json!([
        call("get_order_details", json!({ "order_id": "#W3" })),
        call("get_order_details", json!({ "order_id": "W3" })),
        cancel("no longer needed"),
        call("calculate", json!({ "expression": "2 + 2" })),
        call("calculate", json!({ "expression": "2 +" })),
        call("issue_store_credit", json!({ "amount": 5 })),
        name("TEST"),
        name("rest"),
        call("get_product_details", json!({ "product_id": "11" })),
    ]);
    let observations = json!([
        null,
        "Error: order not found",
        "Error: non-pending order cannot be cancelled",
        "4.0",
        "Error: invalid syntax (<string>, line 1)",
        "Unknown action issue_store_credit",
        "ann_test_1",
        "Error: user not found",
        "Error: product not found"
    ]);
    passed(&small.probe(&calls, &observations, &json!([])).await);
    for at in 0..9 {
        let mut other = observations.clone();
        let refused = other[at].as_str().is_some_and(|said| said.len() > 12);
        other[at] = if refused {
            Value::Null
        } else {
            json!("Error: no")
        };
        let report = small.probe(&calls, &other, &json!([])).await;
        let failure = &report.failures[0];
        let (wanted, got) = (&failure.expected["calls"][at], &failure.got["calls"][at]);
        let (done, no) = (json!("done"), json!("refused"));
        let turned = if refused { (&done, &no) } else { (&no, &done) };
        assert_eq!((wanted, got), turned, "call {at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_does_not_add_up_is_refused() {
    let small = Small::new();
    let mut orders = orders();
    orders["#W1"]["payment_history"][0]["amount"] = json!(20.0);
    small.write("db/orders.json", &orders.to_string());
    let probe = json!({ "id": "p", "calls": [], "observations": [], "diff": [] });
    let file = small.write("probes.jsonl", &probe.to_string());
    let error = tau::probes(small.folder.path(), &[file]).await;
    let error = format!("{:#}", error.map(|_| ()).unwrap_err());
    assert!(error.contains("#W1") && error.contains("add up"), "{error}");
}

fn attendant(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attendant"));
    command.arg("eval").args(args).arg("--data").arg(folder);
    command.output().unwrap()
}

#[test]
fn the_command_prints_json_and_its_exit_code_says_what_failed() {
    let small = Small::new();
    let (calls, diff) = dearer();
    let (tasks, ends) = small.task(&calls, &diff);
    let set = small.folder.path().to_str().unwrap();
    let (tasks, ends) = (tasks.to_str().unwrap(), ends.to_str().unwrap());
    let replay = ["replay", "--set", set, "--tasks", tasks, "--expected", ends];
    let right = attendant(small.folder.path(), &[&replay[..], &["--json"]].concat());
    let json: Value = serde_json::from_slice(&right.stdout).unwrap();
    assert_eq!(json, json!({ "passed": 1, "total": 1, "failures": [] }));
    assert_eq!(right.status.code(), Some(0));

    small.task(&calls, &json!([]));
    let wrong = attendant(small.folder.path(), &replay);
    assert_eq!(wrong.status.code(), Some(1));
    let said = String::from_utf8(wrong.stdout).unwrap();
    assert!(
        said.contains("FAILED small-1") && said.contains("0 of 1 passed in"),
        "{said}"
    );
    assert!(said.contains("s per 1,000"), "{said}");

    let odd = attendant(
        small.folder.path(),
        &[&replay[..], &["--tasks", tasks]].concat(),
    );
    assert_eq!(odd.status.code(), Some(2));
}

/// Every so-manieth line, so that the whole set is walked through without the time that it takes.
fn sample(folder: &Folder, file: &Path, name: &str, step: usize) -> PathBuf {
    let text = std::fs::read_to_string(file).unwrap();
    let kept: Vec<&str> = text.lines().step_by(step).collect();
    let path = folder.path().join(name);
    std::fs::write(&path, kept.join("\n")).unwrap();
    path
}

/// The whole set is replayed by the gate (`.ci/run`); here a part of it.
#[tokio::test(flavor = "multi_thread")]
async fn the_public_set_ends_as_its_own_tools_leave_it() {
    let Some(data) = std::env::var_os("ATTENDANT_DATA").map(PathBuf::from) else {
        crate::skips::without_data("tau");
        return;
    };
    let (set, folder) = (data.join("tau-bench-retail"), Folder::new("tau"));
    let tasks = [
        set.join("tasks_dev.jsonl"),
        sample(&folder, &set.join("tasks_train.jsonl"), "tasks", 10),
    ];
    let expected = [
        set.join("expected_dev.jsonl"),
        sample(&folder, &set.join("expected_train.jsonl"), "expected", 10),
    ];
    let report = tau::replay(&set, &tasks, &expected).await.unwrap();
    passed(&report);
    assert!(report.total >= 70, "{} tasks", report.total);
    let probes = sample_probes(&folder, &set.join("probes_a.jsonl.gz"));
    let report = tau::probes(&set, &[probes]).await.unwrap();
    passed(&report);
    assert!(report.total >= 150, "{} probes", report.total);
}

fn sample_probes(folder: &Folder, packed: &Path) -> PathBuf {
    let mut text = String::new();
    let file = std::fs::File::open(packed).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text).unwrap();
    let whole = folder.path().join("whole");
    std::fs::write(&whole, text).unwrap();
    sample(folder, &whole, "probes", 10)
}
