//! The switches of the dated rules, one by one, on the functions that judge.

use attendant::domain::ids::Sku;
use attendant::domain::order::{
    CancelReason, Changed, MoneyWhy, Order, OrderChange, OrderStatus, PaymentMethod, RefundPaid,
};
use attendant::domain::policy::{ChangeRules, ChangeUntil, NewAddress};
use attendant::shop::books;
use attendant::shop::changes::address::{self, Given};
use attendant::shop::changes::items::{self, Wanted};
use attendant::shop::changes::{Refusal, Terms, cancel, payment};
use attendant::store::effects::AsItIs;
use jiff::civil::date;

use super::bench::*;

fn rules() -> ChangeRules {
    ChangeRules {
        change_until: ChangeUntil::Packed,
        new_address: NewAddress::SameCountry,
        cancel_reasons: None,
        refund_days: 5,
        same_variant_exchange: false,
        items_change_is_last: false,
        refund_to_other_method: false,
        payment_changes_max: None,
    }
}

fn terms(rules: ChangeRules) -> Terms {
    Terms {
        rules,
        policy: "order-changes 2024-01".into(),
        valid_from: date(2024, 1, 1),
    }
}

fn now(order: Order) -> AsItIs {
    AsItIs {
        customer: customer(),
        order: Some(order),
        gift_cards: Vec::new(),
        returns: Vec::new(),
        aftersales: Vec::new(),
        products: products().into_iter().map(Some).collect(),
        moved: Vec::new(),
        lost_today_minor: 0,
        others_at_address: Vec::new(),
        paused: None,
    }
}

fn coat() -> Order {
    let mut order = order("A1", vec![line(1, "coat-navy-m", 1, 5_000, 0)]);
    pay(&mut order, &[(visa(), "visa-4242", 5_000)]);
    order
}

fn want(sku: &str) -> Vec<Wanted> {
    vec![Wanted {
        line: 1,
        quantity: None,
        color: None,
        size: None,
        sku: Some(Sku::new(sku)),
        remove: false,
    }]
}

fn abroad() -> Given {
    Given {
        street: "3 Rue Basse".into(),
        postcode: "75001".into(),
        city: "Paris".into(),
        country: "France".into(),
        ..Given::default()
    }
}

#[test]
fn until_packed_or_until_shipped() {
    for (until, status, open) in [
        (ChangeUntil::Packed, OrderStatus::Processing, true),
        (ChangeUntil::Packed, OrderStatus::Packed, false),
        (ChangeUntil::Shipped, OrderStatus::Packed, true),
        (ChangeUntil::Shipped, OrderStatus::Shipped, false),
        (ChangeUntil::Shipped, OrderStatus::PartlyShipped, false),
        (ChangeUntil::Shipped, OrderStatus::Cancelled, false),
    ] {
        let terms = terms(ChangeRules {
            change_until: until,
            ..rules()
        });
        let order = Order { status, ..coat() };
        let judged = cancel::decide(&now(order), &terms, CancelReason::Other);
        assert_eq!(judged.is_ok(), open, "{until:?} {status:?}");
    }
}

#[test]
fn reasons_may_be_limited() {
    let allowed = vec![CancelReason::NoLongerNeeded, CancelReason::OrderedByMistake];
    let terms = terms(ChangeRules {
        cancel_reasons: Some(allowed.clone()),
        ..rules()
    });
    let ask = |reason| cancel::decide(&now(coat()), &terms, reason);
    assert!(ask(CancelReason::OrderedByMistake).is_ok());
    assert_eq!(ask(CancelReason::Other), Err(Refusal::Reason(allowed)));
}

#[test]
fn a_change_of_items_may_be_the_last() {
    let terms = terms(ChangeRules {
        items_change_is_last: true,
        ..rules()
    });
    let mut order = coat();
    let first = items::decide(&now(order.clone()), &terms, &want("coat-navy-l"), None);
    assert!(first.expect("possible").last);
    order.history.changes.push(OrderChange {
        at_ms: 0,
        what: Changed::Items {
            pairs: Vec::new(),
            difference: eur(0),
            method_id: None,
        },
    });
    let now = now(order);
    let shut = Refusal::ItemsChanged;
    assert_eq!(
        cancel::decide(&now, &terms, CancelReason::Other),
        Err(shut.clone())
    );
    assert_eq!(
        items::decide(&now, &terms, &want("coat-navy-l"), None),
        Err(shut.clone())
    );
    assert_eq!(payment::decide(&now, &terms, "paypal"), Err(shut.clone()));
    let here = Given {
        country: String::new(),
        ..abroad()
    };
    assert_eq!(address::decide(&now, &terms, &here), Err(shut));
}

#[test]
fn the_same_variant_counts_where_the_shop_says_so() {
    let ask = |same| {
        let terms = terms(ChangeRules {
            same_variant_exchange: same,
            ..rules()
        });
        items::decide(&now(coat()), &terms, &want("coat-navy-m"), None)
    };
    assert_eq!(
        ask(false),
        Err(Refusal::Items(items::Problem::SameVariant(1)))
    );
    assert_eq!(ask(true).expect("possible").difference, eur(0));
}

#[test]
fn an_address_abroad_where_the_shop_allows_it() {
    let ask = |new_address| {
        let terms = terms(ChangeRules {
            new_address,
            ..rules()
        });
        address::decide(&now(coat()), &terms, &abroad())
    };
    assert!(matches!(
        ask(NewAddress::SameCountry),
        Err(Refusal::Address(address::Problem::OtherCountry { .. }))
    ));
    let decision = ask(NewAddress::Anywhere).expect("possible");
    assert_eq!(decision.address.country, "FR");
    // Jersey has British addresses, but is not Britain.
    let mut order = coat();
    order.address = Some(attendant::domain::customer::Address {
        country: "GB".into(),
        postcode: "SW1A 1AA".into(),
        ..home()
    });
    let jersey = Given {
        postcode: "JE2 3AB".into(),
        city: "St Helier".into(),
        country: "UK".into(),
        ..abroad()
    };
    let judged = address::decide(&now(order), &terms(rules()), &jersey);
    assert!(matches!(
        judged,
        Err(Refusal::Address(address::Problem::OtherCountry { .. }))
    ));
}

#[test]
fn a_difference_goes_elsewhere_only_where_the_shop_allows_it() {
    let mut order = order("A1", vec![line(1, "coat-navy-l", 1, 6_000, 0)]);
    pay(&mut order, &[(visa(), "visa-4242", 6_000)]);
    let ask = |anywhere| {
        let terms = terms(ChangeRules {
            refund_to_other_method: anywhere,
            ..rules()
        });
        items::decide(
            &now(order.clone()),
            &terms,
            &want("coat-navy-m"),
            Some("paypal"),
        )
    };
    assert!(matches!(
        ask(false),
        Err(Refusal::Pay(books::Problem::NotOriginal { .. }))
    ));
    let decision = ask(true).expect("possible");
    assert_eq!(decision.back[0].method, PaymentMethod::Paypal);
    assert_eq!(decision.back[0].amount, eur(1_000));
    // What went to PayPal is not paid back to the card once more.
    let mut order = order.clone();
    order.history.refunds.push(RefundPaid {
        id: "r".into(),
        method: PaymentMethod::Paypal,
        method_id: Some(attendant::domain::ids::PaymentMethodId::new("paypal")),
        amount: eur(1_000),
        at_ms: 0,
        why: MoneyWhy::ItemsChanged,
    });
    let cancelled = cancel::decide(&now(order), &terms(rules()), CancelReason::Other);
    assert_eq!(cancelled.expect("possible").back, eur(5_000));
}

#[test]
fn the_way_to_pay_changes_so_often_at_most() {
    let terms = terms(ChangeRules {
        payment_changes_max: Some(1),
        ..rules()
    });
    let mut order = coat();
    assert!(payment::decide(&now(order.clone()), &terms, "paypal").is_ok());
    order.history.changes.push(OrderChange {
        at_ms: 0,
        what: Changed::Payment,
    });
    assert_eq!(
        payment::decide(&now(order), &terms, "paypal"),
        Err(Refusal::Pay(books::Problem::Enough(1)))
    );
}

/// Books that do not add up are nobody's to settle but a person's.
#[test]
fn an_order_that_was_not_paid_in_full_is_not_charged_anew() {
    let mut order = coat();
    order.payments[0].amount = eur(4_000);
    assert_eq!(
        payment::decide(&now(order.clone()), &terms(rules()), "paypal"),
        Err(Refusal::Pay(books::Problem::Books))
    );
    let cancelled = cancel::decide(&now(order), &terms(rules()), CancelReason::Other);
    assert_eq!(
        cancelled.expect("possible").back,
        eur(4_000),
        "what was paid, no more"
    );
}

/// A payment that the shop's records do not name is still the customer's own card.
#[test]
fn an_unnamed_payment_is_known_by_its_card() {
    let mut order = coat();
    order.payments[0].method_id = None;
    assert_eq!(
        payment::decide(&now(order), &terms(rules()), "visa"),
        Err(Refusal::Pay(books::Problem::Same))
    );
}

#[test]
fn another_currency_is_said() {
    let mut now = now(coat());
    let dollars = "USD".parse().expect("a currency");
    now.gift_cards = vec![attendant::domain::customer::GiftCard {
        id: attendant::domain::ids::PaymentMethodId::new("G9"),
        customer: Some(customer().id),
        balance: attendant::domain::money::Money::new(90_000, dollars),
        credit: false,
    }];
    let other = Refusal::Pay(books::Problem::OtherCurrency);
    let terms = terms(rules());
    assert_eq!(
        payment::decide(&now, &terms, "gift card"),
        Err(other.clone())
    );
    let dearer = items::decide(&now, &terms, &want("coat-navy-l"), Some("G9"));
    assert_eq!(dearer, Err(other));
    let coat = now.products[0].as_mut().expect("it is there");
    coat.variants[2].price = Some(attendant::domain::money::Money::new(6_000, dollars));
    assert_eq!(
        items::decide(&now, &terms, &want("coat-navy-l"), None),
        Err(Refusal::Items(items::Problem::OtherCurrency(1)))
    );
}
