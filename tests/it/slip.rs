//! The return slip as a shopper gets it: rendered by poppler, its code read by zbar.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use attendant::domain::aftersale::{
    Aftersale, Exchange, ExchangePair, ExchangeStatus, ItemProblem, Remedy, ReplacedLine,
    Replacement, SendBack,
};
use attendant::domain::ids::{AftersaleNumber, OrderNumber, ReturnNumber, Sku};
use attendant::domain::money::{Currency, Money};
use attendant::domain::returns::{Refund, Return, ReturnLine, ReturnReason, ReturnStatus};
use attendant::shop::ShopProfile;
use attendant::shop::slip::{Paper, Slip, render};
use jiff::civil::date;
use jiff::tz::TimeZone;

const PAPERS: [Paper; 2] = [Paper::A4, Paper::A6];

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn profile() -> ShopProfile {
    ShopProfile {
        name: "Harrow & Pine".to_owned(),
        email: "help@harrowandpine.example".to_owned(),
        url: "https://harrowandpine.example".to_owned(),
        return_address: [
            "Harrow & Pine Returns",
            "Unit 4, Quay Road Business Park",
            "Galway",
            "H91 K2P7",
            "Ireland",
        ]
        .map(str::to_owned)
        .to_vec(),
        currency: Currency::EUR,
        zone: TimeZone::UTC,
        public_url: "http://127.0.0.1:8080".to_owned(),
        has_storefront: false,
    }
}

fn item(line: u32, title: &str, color: &str, size: &str, reason: ReturnReason) -> ReturnLine {
    ReturnLine {
        line,
        title: title.to_owned(),
        color: color.to_owned(),
        size: size.to_owned(),
        quantity: 1,
        reason,
        paid: eur(5990),
    }
}

fn slip(lines: Vec<ReturnLine>) -> Return {
    Return {
        number: ReturnNumber::new("RT-7KQ2MX"),
        order: OrderNumber::new("10482"),
        status: ReturnStatus::Open,
        lines,
        refund: Refund {
            items: eur(5990),
            shipping: eur(490),
            fee: eur(300),
            total: eur(6180),
            method: "Visa".to_owned(),
            days: 5,
            parts: Vec::new(),
        },
        created_ms: 1_793_700_000_000,
        ship_by: date(2026, 11, 17),
        policy: "returns 2026-03".to_owned(),
        slip_token: "t".to_owned(),
        gift_email: None,
    }
}

fn usual() -> Return {
    slip(vec![
        item(
            1,
            "Sleet Rain Jacket",
            "navy",
            "M",
            ReturnReason::SizeTooSmall,
        ),
        item(
            2,
            "Moss Fleece",
            "forest green",
            "L",
            ReturnReason::NotAsDescribed,
        ),
    ])
}

fn many(count: u32) -> Return {
    slip(
        (1..=count)
            .map(|at| {
                item(
                    at,
                    &format!("Item{at:03} Merino Base Layer"),
                    "grey",
                    "S",
                    ReturnReason::Unknown,
                )
            })
            .collect(),
    )
}

/// Are the programs that read slips here? Where they must be, their absence is a failure.
fn tools() -> bool {
    let missing: Vec<_> = ["pdftotext", "pdftoppm", "zbarimg"]
        .into_iter()
        .filter(|name| Command::new(name).arg("--version").output().is_err())
        .collect();
    if missing.is_empty() {
        return true;
    }
    let why = format!("install poppler-utils and zbar-tools: no {missing:?}");
    crate::skips::without_program("slip", &why);
    false
}

fn run(program: &str, args: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {errors}");
    let clean = program == "zbarimg" || errors.is_empty();
    assert!(clean, "{program} mends the file: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn text(pdf: &[u8]) -> String {
    run("pdftotext", &["-layout", "-enc", "UTF-8", "-", "-"], pdf)
}

fn words(pdf: &[u8]) -> String {
    text(pdf).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a scanner reads from the first page as an ordinary printer prints it.
fn scanned(pdf: &[u8], name: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("slips");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let path = path.to_str().unwrap();
    run("pdftoppm", &["-png", "-r", "150", "-", path], pdf);
    let mut pages: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|page| {
            page.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(&format!("{name}-"))
        })
        .collect();
    pages.sort();
    run(
        "zbarimg",
        &["--nodbus", "--quiet", "--raw", pages[0].to_str().unwrap()],
        b"",
    )
}

/// Boxes of all words, a page at a time: left, top, right, bottom.
fn boxes(pdf: &[u8]) -> Vec<Vec<([f32; 4], String)>> {
    let html = run("pdftotext", &["-bbox", "-enc", "UTF-8", "-", "-"], pdf);
    let mut pages = Vec::new();
    for line in html.lines().map(str::trim) {
        if line.starts_with("<page ") {
            pages.push(Vec::new());
        }
        let Some(rest) = line.strip_prefix("<word ") else {
            continue;
        };
        let (numbers, word) = rest.split_once('>').unwrap();
        let edges: Vec<f32> = numbers
            .split('"')
            .skip(1)
            .step_by(2)
            .map(|number| number.parse().unwrap())
            .collect();
        let word = word.trim_end_matches("</word>").to_owned();
        pages
            .last_mut()
            .unwrap()
            .push((edges.try_into().unwrap(), word));
    }
    pages
}

/// No word lies on another or leaves the page.
fn assert_tidy(pdf: &[u8], paper: Paper) {
    let (width, height) = match paper {
        Paper::A4 => (595.28, 841.89),
        Paper::A6 => (297.64, 419.53),
    };
    let pages = boxes(pdf);
    assert!(pages[0].len() > 30, "words are found");
    for (number, page) in pages.iter().enumerate() {
        for (at, (a, word)) in page.iter().enumerate() {
            let inside =
                a[0] >= 10.0 && a[1] >= 10.0 && a[2] <= width - 10.0 && a[3] <= height - 10.0;
            assert!(
                inside,
                "{paper:?} page {number}: {word:?} leaves the page: {a:?}"
            );
            for (b, other) in &page[at + 1..] {
                // Boxes reach a little above and below the letters.
                let slack = 0.18 * (a[3] - a[1]).min(b[3] - b[1]);
                let apart = a[2] <= b[0] + 0.2
                    || b[2] <= a[0] + 0.2
                    || a[3] <= b[1] + slack
                    || b[3] <= a[1] + slack;
                assert!(
                    apart,
                    "{paper:?} page {number}: {word:?} {a:?} lies on {other:?} {b:?}"
                );
            }
        }
    }
}

/// Everything that shopper and warehouse need is in the text, and the code is the number.
#[test]
fn holds_what_a_return_needs() {
    if !tools() {
        return;
    }
    for paper in PAPERS {
        let pdf = render(&usual(), &profile(), paper);
        let text = words(&pdf);
        let needed = [
            "Harrow & Pine",
            "Return slip",
            "RT-7KQ2MX",
            "Order 10482",
            "Harrow & Pine Returns",
            "Unit 4, Quay Road Business Park",
            "Galway",
            "H91 K2P7",
            "Ireland",
            "Sleet Rain Jacket",
            "navy, M",
            "too small",
            "Moss Fleece",
            "forest green, L",
            "not as described",
            "€61.80",
            "Visa",
            "€59.90",
            "€4.90",
            "€3.00",
            "help@harrowandpine.example",
        ];
        for needed in needed {
            assert!(text.contains(needed), "{paper:?} lacks {needed:?}:\n{text}");
        }
        assert!(
            text.contains("Hand over by Tuesday 17 November 2026"),
            "{text}"
        );
        assert_eq!(scanned(&pdf, &format!("usual-{paper:?}")), "RT-7KQ2MX\n");
        assert_tidy(&pdf, paper);
    }
}

/// A refund without fee and shipping says the sum and nothing about zeros.
#[test]
fn says_nothing_of_what_is_nothing() {
    if !tools() {
        return;
    }
    let mut slip = usual();
    slip.refund.shipping = eur(0);
    slip.refund.fee = eur(0);
    let text = words(&render(&slip, &profile(), Paper::A4));
    assert!(!text.contains("0.00"), "{text}");
    assert!(!text.contains("less"), "{text}");
}

/// Every item of a large return is printed once, over as many pages as it takes, and past the
/// limit the rest is counted.
#[test]
fn prints_thirty_items_and_counts_what_is_too_much() {
    if !tools() {
        return;
    }
    for paper in PAPERS {
        let pdf = render(&many(30), &profile(), paper);
        let text = words(&pdf);
        for at in 1..=30 {
            assert_eq!(
                text.matches(&format!("Item{at:03}")).count(),
                1,
                "{paper:?} {at}"
            );
        }
        assert!(text.contains("RT-7KQ2MX, continued"), "{text}");
        assert_eq!(scanned(&pdf, &format!("many-{paper:?}")), "RT-7KQ2MX\n");
        assert_tidy(&pdf, paper);

        let text = words(&render(&many(1_000), &profile(), paper));
        assert!(
            text.contains("Item200") && !text.contains("Item201"),
            "{paper:?}"
        );
        assert!(text.contains("and 800 more"), "{paper:?}");
    }
}

/// Western letters print as they are, other scripts in ASCII.
#[test]
fn prints_letters_of_many_scripts() {
    if !tools() {
        return;
    }
    let mut slip = slip(vec![
        item(
            1,
            "Größenverstellbare Übergangsjacke für Mädchen",
            "grün",
            "Ⅻ",
            ReturnReason::Style,
        ),
        item(
            2,
            "Crème brûlée pull à façon, señor Ærø",
            "écru",
            "M/L",
            ReturnReason::Color,
        ),
        item(3, "Żółta kurtka Łódź", "żółty", "S", ReturnReason::Other),
        item(4, "Μπουφάν Αθήνα", "κόκκινο", "M", ReturnReason::Defective),
        item(5, "Куртка Киев", "синий", "L", ReturnReason::WrongItem),
    ]);
    slip.refund.method = "Gutschein “Grün”".to_owned();
    let mut profile = profile();
    profile.name = "Bär & Söhne – Αθήνα".to_owned();
    for paper in PAPERS {
        let pdf = render(&slip, &profile, paper);
        let text = words(&pdf);
        for needed in [
            "Übergangsjacke für Mädchen",
            "grün, XII",
            "Crème brûlée pull à façon, señor Ærø",
            "écru",
            "Lódz",
            "Mpoyfan Athina",
            "Kurtka Kiev",
            "“Grün”",
            "Bär & Söhne – Athina",
        ] {
            assert!(text.contains(needed), "{paper:?} lacks {needed:?}:\n{text}");
        }
        assert_tidy(&pdf, paper);
        scanned(&pdf, &format!("letters-{paper:?}"));
    }
}

/// Hostile texts neither break the file nor run over anything.
#[test]
fn survives_hostile_texts() {
    if !tools() {
        return;
    }
    let mut hostile = slip(vec![
        item(
            1,
            "((()) \\ \\( \\) (endstream endobj <</X>> %",
            "\\",
            "(",
            ReturnReason::Unknown,
        ),
        item(
            2,
            &"Waterproof ".repeat(50),
            &"very long colour ".repeat(20),
            &"9".repeat(99),
            ReturnReason::NotAsDescribed,
        ),
        item(3, &"W".repeat(500), "", "", ReturnReason::SizeTooSmall),
        item(4, "🧥🧥🧥", "🟦", "🙂", ReturnReason::Style),
        item(5, "", "", "", ReturnReason::Other),
        item(
            6,
            "a\nb\r\n\tc\0d\u{202e}e\u{301}",
            "x",
            "y",
            ReturnReason::Other,
        ),
        ReturnLine {
            quantity: u32::MAX,
            ..item(7, "Socks", "red", "M", ReturnReason::Other)
        },
    ]);
    hostile.refund.method = "m".repeat(400);
    let mut profile = profile();
    profile.name = "A very long name of a shop that sells everything ".repeat(5);
    profile.email = format!("{}@example.com", "e".repeat(200));
    profile.return_address = (0..20)
        .map(|at| format!("Line {at} {}", "of a long address ".repeat(9)))
        .collect();
    for paper in PAPERS {
        let pdf = render(&hostile, &profile, paper);
        let text = words(&pdf);
        assert!(
            text.contains("((()) \\ \\( \\) (endstream endobj <</X>> %"),
            "{text}"
        );
        assert!(
            text.contains("Hand over by Tuesday 17 November 2026"),
            "{text}"
        );
        assert!(text.contains("a b c"), "{text}");
        assert!(text.contains("Item 4") && text.contains("Item 5"), "{text}");
        assert_eq!(scanned(&pdf, &format!("hostile-{paper:?}")), "RT-7KQ2MX\n");
        assert_tidy(&pdf, paper);
    }
}

/// Nothing to print is a page as well, and a number as long as an import may bring still fits.
#[test]
fn survives_empty_and_long() {
    if !tools() {
        return;
    }
    let mut empty = slip(Vec::new());
    empty.number = ReturnNumber::new("R".repeat(60));
    let mut profile = profile();
    profile.name = String::new();
    profile.return_address = Vec::new();
    for paper in PAPERS {
        let pdf = render(&empty, &profile, paper);
        assert_tidy(&pdf, paper);
        let name = format!("long-{paper:?}");
        assert_eq!(scanned(&pdf, &name).trim(), empty.number.as_str());
        empty.number = ReturnNumber::new("n".repeat(5_000));
        assert_tidy(&render(&empty, &profile, paper), paper);
        empty.number = ReturnNumber::new("R".repeat(60));
    }
}

/// The same return gives the same bytes; the two sizes and another day do not.
#[test]
fn is_the_same_every_time() {
    let bytes = |slip: &Return, paper| render(slip, &profile(), paper);
    assert_eq!(bytes(&usual(), Paper::A4), bytes(&usual(), Paper::A4));
    assert_ne!(bytes(&usual(), Paper::A4), bytes(&usual(), Paper::A6));
    let mut later = usual();
    later.created_ms += 86_400_000;
    assert_ne!(bytes(&usual(), Paper::A4), bytes(&later, Paper::A4));
}

/// An exchange and a replacement print as well, each with what comes of it; what was missing is not
/// sent back, and a claim has no slip.
#[test]
fn exchanges_and_replacements_have_slips() {
    if !tools() {
        return;
    }
    let text = |aftersale: &Aftersale| {
        let slip = Slip::of(aftersale).expect("a slip");
        let pdf = render(slip, &profile(), Paper::A4);
        assert_tidy(&pdf, Paper::A4);
        words(&pdf)
    };
    let holds = |text: &str, needed: &[&str]| {
        for needed in needed {
            assert!(text.contains(needed), "it lacks {needed:?}:\n{text}");
        }
    };
    let exchanged = text(&exchange(2_000));
    let needed = [
        "EX-7KQ2MX",
        "Order 10482",
        "navy, M",
        "for moss green, L",
        "New items set aside",
    ];
    holds(&exchanged, &needed);
    holds(
        &exchanged,
        &["You then pay €20.00 with Visa ending in 4242."],
    );
    holds(
        &text(&exchange(-500)),
        &["We then refund €5.00 to Visa ending in 4242."],
    );
    let replaced = text(&replacement(Remedy::Replacement));
    holds(
        &replaced,
        &["RP-7KQ2MX", "Sleet Rain Jacket", "damaged", "Sent again"],
    );
    assert!(!replaced.contains("Moss Fleece"), "{replaced}");
    let refund = Remedy::Refund {
        amount: eur(5_990),
        method: "gift card".to_owned(),
        days: 5,
        parts: Vec::new(),
    };
    holds(
        &text(&replacement(refund)),
        &["€59.90", "to your gift card, within 5 working days"],
    );
    let Aftersale::Replacement(mut kept) = replacement(Remedy::Replacement) else {
        panic!("a replacement")
    };
    kept.send_back = None;
    assert!(Slip::of(&Aftersale::Replacement(kept)).is_none());
}

/// Whoever sends a present back reads what they get, and not what was paid.
#[test]
fn a_present_names_no_price_but_its_own() {
    if !tools() {
        return;
    }
    let mut slip = usual();
    slip.refund.method = "gift card".to_owned();
    slip.gift_email = Some("kim@example.org".to_owned());
    let text = words(&render(&slip, &profile(), Paper::A4));
    assert!(
        text.contains("€61.80") && text.contains("gift card"),
        "{text}"
    );
    assert!(
        !text.contains("€59.90") && !text.contains("€4.90") && !text.contains("€3.00"),
        "{text}"
    );
}

fn exchange(difference: i64) -> Aftersale {
    Aftersale::Exchange(Exchange {
        number: AftersaleNumber::new("EX-7KQ2MX"),
        order: OrderNumber::new("10482"),
        status: ExchangeStatus::Open,
        pairs: vec![ExchangePair {
            line: 1,
            quantity: 1,
            from: Sku::new("j-nm"),
            to: Sku::new("j-gl"),
            title: "Sleet Rain Jacket".to_owned(),
            from_variant: "navy, M".to_owned(),
            to_variant: "moss green, L".to_owned(),
            paid: eur(10_000),
            price: eur(10_000 + difference),
        }],
        difference: eur(difference),
        method_id: None,
        method: "Visa ending in 4242".to_owned(),
        created_ms: 1_793_700_000_000,
        ship_by: date(2026, 11, 17),
        policy: "exchanges 2026-03".to_owned(),
        slip_token: "t".to_owned(),
    })
}

fn replacement(remedy: Remedy) -> Aftersale {
    let line = |line, title: &str, problem| ReplacedLine {
        line,
        quantity: 1,
        sku: Sku::new("s"),
        title: title.to_owned(),
        problem,
        paid: eur(5_990),
    };
    Aftersale::Replacement(Replacement {
        number: AftersaleNumber::new("RP-7KQ2MX"),
        order: OrderNumber::new("10482"),
        lines: vec![
            line(1, "Sleet Rain Jacket", ItemProblem::Damaged),
            line(2, "Moss Fleece", ItemProblem::Missing),
        ],
        remedy,
        photos: Vec::new(),
        send_back: Some(SendBack {
            by: date(2026, 11, 17),
            slip_token: "t".to_owned(),
        }),
        created_ms: 1_793_700_000_000,
        policy: "damaged-items 2024-01".to_owned(),
    })
}
