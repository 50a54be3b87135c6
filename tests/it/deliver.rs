//! The outbox leaves as files: once per key, whatever dies in between.

use std::path::{Path, PathBuf};

use attendant::clock::Clock;
use attendant::domain::event::{AgentWrote, Channel, EventBody, Words};
use attendant::domain::ids::{ConversationId, MessageId, sha256_hex};
use attendant::domain::limits::{DELIVER_BATCH_MAX, OUTBOX_CLAIM_TTL};
use attendant::domain::money::Currency;
use attendant::jobs::deliver::Deliver;
use attendant::mail::files::MailFiles;
use attendant::shop::ShopProfile;
use attendant::store::Store;
use attendant::store::log::{Append, Writer};
use attendant::store::outbox::NewOutbox;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

struct Place {
    data: PathBuf,
    store: Store,
    clock: Clock,
    conversation: ConversationId,
}

impl Place {
    async fn new(name: &str) -> Self {
        let data = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("deliver")
            .join(name);
        let _ = std::fs::remove_dir_all(&data);
        std::fs::create_dir_all(&data).unwrap();
        let store = Store::open(&data).unwrap();
        let clock = Clock::fixed(Timestamp::from_millisecond(1_793_700_000_000).unwrap());
        let conversation = ConversationId::new("conv_1");
        store
            .create_conversation(
                &conversation,
                &sha256_hex("t"),
                Channel::Chat,
                clock.now_ms(),
                vec![],
            )
            .await
            .unwrap();
        Self {
            data,
            store,
            clock,
            conversation,
        }
    }

    /// A new process over the same data.
    async fn restarted(self) -> Self {
        let Self {
            data,
            store,
            clock,
            conversation,
        } = self;
        drop(store);
        let store = Store::open(&data).unwrap();
        Self {
            data,
            store,
            clock,
            conversation,
        }
    }

    async fn put(&self, rows: Vec<NewOutbox>) {
        let wrote = EventBody::AgentWrote(AgentWrote {
            message: MessageId::new("m"),
            agent: "Ida".to_owned(),
            private: Some(Words {
                text: "Hello".to_owned(),
            }),
        });
        let mut append = Append::new(Writer::Agent, self.clock.now_ms(), vec![wrote]);
        append.outbox = rows;
        self.store.append(&self.conversation, append).await.unwrap();
    }

    fn deliver(&self, holder: &str) -> Deliver {
        let profile = ShopProfile {
            name: "Harrow & Pine".to_owned(),
            email: "help@shop.example".to_owned(),
            url: "https://shop.example".to_owned(),
            return_address: vec!["Harrow & Pine Returns".to_owned(), "Galway".to_owned()],
            currency: Currency::EUR,
            zone: TimeZone::UTC,
            public_url: "http://127.0.0.1:8080".to_owned(),
            has_storefront: false,
        };
        let files = MailFiles::open(&self.data.join("mail")).unwrap();
        Deliver::new(
            self.store.clone(),
            self.clock.clone(),
            files,
            &profile,
            holder.to_owned(),
        )
    }

    /// Names and contents of what lies in the mail folder.
    fn mails(&self) -> Vec<(String, String)> {
        let mut mails: Vec<_> = std::fs::read_dir(self.data.join("mail"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let text = std::fs::read_to_string(entry.path()).unwrap();
                (entry.file_name().into_string().unwrap(), text)
            })
            .collect();
        mails.sort();
        mails
    }
}

fn mail(key: &str, to: &str) -> NewOutbox {
    let body = json!({
        "template": "return_registered",
        "to": {"name": "Zoë", "email": to},
        "data": {
            "return_number": "RT-7KQ2MX", "order_number": "10482", "refund": "€52.00",
            "refund_to": "Visa", "refund_days": 5, "hand_over_by": "Tuesday 17 November 2026",
            "slip_a4": "http://x/slips/t.pdf", "slip_a6": "http://x/slips/t.pdf?size=a6",
        },
    });
    NewOutbox {
        key: key.to_owned(),
        kind: "mail".to_owned(),
        body: body.to_string(),
    }
}

/// Killed after the mail was on disk and before its row was marked, the next process delivers
/// again: the same file with the same message id, and no second one.
#[tokio::test]
async fn killed_before_the_mark_leaves_one_file() {
    let place = Place::new("killed").await;
    place.put(vec![mail("mail_key_1", "zoe@example.com")]).await;
    let first = place.deliver("first");
    let claimed = place
        .store
        .claim_outbox("first", place.clock.now_ms(), 10)
        .await
        .unwrap();
    first.deliver(&claimed[0]).await.unwrap();
    let before = place.mails();
    assert_eq!(before.len(), 1);
    drop(first);

    let place = place.restarted().await;
    place.deliver("second").look().await.unwrap();
    assert_eq!(
        place.mails(),
        before,
        "the claim of the dead one still holds"
    );
    let ttl_ms = i64::try_from(OUTBOX_CLAIM_TTL.as_millis()).unwrap();
    place.clock.advance_ms(ttl_ms + 1);
    place.deliver("second").look().await.unwrap();
    let after = place.mails();
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].0, before[0].0);
    let id = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("Message-ID:"))
            .map(str::to_owned)
    };
    assert!(id(&after[0].1).is_some());
    assert_eq!(id(&after[0].1), id(&before[0].1));
    let date = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("Date:"))
            .map(str::to_owned)
    };
    assert_ne!(
        date(&after[0].1),
        date(&before[0].1),
        "it was written again"
    );

    place.clock.advance_ms(100 * ttl_ms);
    let due = place
        .store
        .claim_outbox("third", place.clock.now_ms(), 10)
        .await
        .unwrap();
    assert_eq!(due, [], "it is marked");
}

/// What a killed process left half-written is removed; whole mails stay.
#[tokio::test]
async fn half_written_files_are_removed() {
    let place = Place::new("half").await;
    place.put(vec![mail("mail_key_1", "zoe@example.com")]).await;
    place.deliver("one").look().await.unwrap();
    let whole = place.mails();
    std::fs::write(place.data.join("mail/x.7.tmp"), "From: ").unwrap();
    assert_eq!(place.mails().len(), 2);
    place.deliver("two").look().await.unwrap();
    assert_eq!(place.mails(), whole);
}

/// A row that cannot leave is put off with its reason and stops none of the others, of which there
/// are more than one look claims at once.
#[tokio::test]
async fn a_bad_row_stops_no_other() {
    let place = Place::new("bad").await;
    let broken = |key: &str, kind: &str, body: &str| NewOutbox {
        key: key.to_owned(),
        kind: kind.to_owned(),
        body: body.to_owned(),
    };
    let mut rows = vec![
        broken("a1", "mail", "{"),
        broken(
            "a2",
            "mail",
            r#"{"template":"return_registered","to":{"name":"","email":"z@example.com"},"data":{}}"#,
        ),
        broken("a3", "pigeon", "{}"),
        mail("a4", "zoe@example.com\r\nBcc: v@evil.example"),
    ];
    let good = DELIVER_BATCH_MAX * 2;
    rows.extend((0..good).map(|at| mail(&format!("mail_{at:03}"), "zoe@example.com")));
    place.put(rows).await;
    place.deliver("one").look().await.unwrap();
    assert_eq!(place.mails().len(), good);
    assert!(
        place
            .mails()
            .iter()
            .all(|(name, _)| name.starts_with("mail_"))
    );

    let later = place.clock.now_ms() + 24 * 60 * 60 * 1_000;
    let put_off = place.store.claim_outbox("two", later, 100).await.unwrap();
    let mut keys: Vec<_> = put_off
        .iter()
        .map(|row| (row.key.as_str(), row.attempts))
        .collect();
    keys.sort_unstable();
    assert_eq!(keys, [("a1", 2), ("a2", 2), ("a3", 2), ("a4", 2)]);
}

/// Several looks at once deliver every mail, and each under one name.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn looks_at_once_share_the_work() {
    let place = Place::new("share").await;
    place
        .put(
            (0..40)
                .map(|at| mail(&format!("mail_{at:03}"), "zoe@example.com"))
                .collect(),
        )
        .await;
    let one = place.deliver("one");
    let (two, three) = (one.clone(), one.clone());
    let (a, b, c) = tokio::join!(one.look(), two.look(), three.look());
    a.and(b).and(c).unwrap();
    assert_eq!(place.mails().len(), 40);
}

/// No key leaves the folder, and keys that look alike as names stay apart.
#[tokio::test]
async fn keys_stay_in_the_folder() {
    let place = Place::new("keys").await;
    let keys = [
        "../../etc/x",
        "a/b",
        "a_b",
        "a.b",
        "",
        "ü\0\n",
        &"k".repeat(4_000),
    ];
    place
        .put(
            keys.iter()
                .map(|key| mail(key, "zoe@example.com"))
                .collect(),
        )
        .await;
    place.deliver("one").look().await.unwrap();
    let mails = place.mails();
    assert_eq!(mails.len(), keys.len());
    assert!(
        mails
            .iter()
            .all(|(name, _)| name.len() < 120 && name.ends_with(".eml")),
        "{mails:?}"
    );
}

/// Mails hold names and addresses: nobody else on the machine reads them.
#[cfg(unix)]
#[tokio::test]
async fn mails_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new("private").await;
    place.put(vec![mail("k", "zoe@example.com")]).await;
    place.deliver("one").look().await.unwrap();
    let folder = place.data.join("mail");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o077;
    assert_eq!(mode(&folder), 0);
    assert_eq!(mode(&folder.join(&place.mails()[0].0)), 0);
}
