//! Exchanges, replacements and claims: exactly those that the case wants, in this order.

use crate::domain::aftersale::{
    Aftersale, Claim, ClaimStatus, Exchange, ItemProblem, Remedy, RemedyWanted, ReplacedLine,
    Replacement,
};
use crate::domain::ids::Sku;
use crate::domain::money::Money;
use crate::evals::amount::amount;
use crate::evals::case::Case;
use crate::evals::fact::plain;
use crate::evals::play::Played;
use crate::evals::wanted_orders::{WantedAfterLine, WantedAftersale, exchange_word};
use crate::evals::world::World;

pub fn grade(case: &Case, played: &Played) -> anyhow::Result<Vec<String>> {
    let made = played.aftersales();
    let wanted = &case.expect.aftersales;
    let mut reasons = Vec::new();
    if made.len() != wanted.len() {
        let kinds: Vec<&str> = made.iter().map(Aftersale::kind).collect();
        reasons.push(format!("made are {kinds:?}, not {} such", wanted.len()));
    }
    let world = played.expected_world();
    for (wanted, made) in wanted.iter().zip(&made) {
        let found = compare(&world, wanted, made)?.into_iter();
        reasons.extend(found.map(|reason| format!("{} {}: {reason}", made.kind(), made.number())));
    }
    Ok(reasons)
}

/// What is there of it, however it is kept.
#[derive(Default)]
struct Is {
    lines: Vec<Line>,
    remedy: Option<RemedyWanted>,
    refund: Option<(Money, String)>,
    difference: Option<(Money, String)>,
    send_back: Option<bool>,
    status: Option<String>,
    photos: Option<usize>,
}

struct Line {
    line: u32,
    quantity: u32,
    problem: Option<ItemProblem>,
    to: Option<Sku>,
}

fn compare(
    world: &World,
    wanted: &WantedAftersale,
    made: &Aftersale,
) -> anyhow::Result<Vec<String>> {
    let order = &world.bought(&wanted.order)?.order.number;
    if made.kind() != wanted.kind || made.order() != order {
        let (kind, path) = (&wanted.kind, &wanted.order);
        return Ok(vec![format!(
            "it is of {}, not a {kind} of {path}",
            made.order()
        )]);
    }
    let is = match made {
        Aftersale::Exchange(exchange) => of_exchange(exchange),
        Aftersale::Replacement(replacement) => of_replacement(replacement),
        Aftersale::Claim(claim) => of_claim(claim),
    };
    let mut reasons = lines(world, &wanted.lines, &is.lines)?;
    let mut differs = |what: &str, differs: bool, is: String| {
        if differs {
            reasons.push(format!("its {what} is {is}"));
        }
    };
    let wish = |wish: &Option<String>| wish.as_ref().map(|text| amount(world, text)).transpose();
    let name = |is: &Option<(Money, String)>, wish: &Option<String>| match (is, wish) {
        (_, None) => false,
        (Some((_, is)), Some(wish)) => !plain(is).contains(&plain(wish)),
        (None, Some(_)) => true,
    };
    let money = |is: &Option<(Money, String)>| is.as_ref().map(|(money, _)| *money);
    let (refund, difference) = (wish(&wanted.amount)?, wish(&wanted.difference)?);
    let off =
        |wish: Option<Money>, is: &Option<(Money, String)>| wish.is_some() && money(is) != wish;
    differs(
        "refund",
        off(refund, &is.refund),
        format!("{:?}", is.refund),
    );
    differs(
        "refund's way",
        name(&is.refund, &wanted.to),
        format!("{:?}", is.refund),
    );
    let is_so = format!("{:?}", is.difference);
    differs("difference", off(difference, &is.difference), is_so.clone());
    differs(
        "difference's way",
        name(&is.difference, &wanted.with),
        is_so,
    );
    let remedy = wanted.remedy.is_some() && wanted.remedy != is.remedy;
    differs("remedy", remedy, format!("{:?}", is.remedy));
    let back = wanted.send_back.is_some() && wanted.send_back != is.send_back;
    differs("sending back", back, format!("{:?}", is.send_back));
    let status = wanted.status.is_some() && wanted.status != is.status;
    differs("status", status, format!("{:?}", is.status));
    let photos = wanted.photos.is_some() && wanted.photos != is.photos;
    differs("pictures", photos, format!("{:?}", is.photos));
    if let (Some(about), Aftersale::Claim(claim)) = (wanted.about, made) {
        differs("kind", about != claim.about, format!("{:?}", claim.about));
    }
    Ok(reasons)
}

fn of_exchange(made: &Exchange) -> Is {
    let pairs = made.pairs.iter();
    Is {
        lines: pairs
            .map(|pair| Line {
                line: pair.line,
                quantity: pair.quantity,
                problem: None,
                to: Some(pair.to.clone()),
            })
            .collect(),
        difference: Some((made.difference, made.method.clone())),
        send_back: Some(true),
        status: Some(exchange_word(made.status)),
        ..Is::default()
    }
}

fn of_replacement(made: &Replacement) -> Is {
    let (remedy, refund) = of_remedy(&made.remedy);
    Is {
        lines: replaced(&made.lines),
        remedy: Some(remedy),
        refund,
        send_back: Some(made.send_back.is_some()),
        photos: Some(made.photos.len()),
        ..Is::default()
    }
}

fn of_claim(made: &Claim) -> Is {
    let (status, remedy, refund) = match &made.status {
        ClaimStatus::Tracing { .. } => ("tracing", made.wanted, None),
        ClaimStatus::Declined => ("declined", made.wanted, None),
        ClaimStatus::Settled(remedy) => {
            let (remedy, refund) = of_remedy(remedy);
            ("settled", Some(remedy), refund)
        }
    };
    Is {
        lines: replaced(&made.lines),
        remedy,
        refund,
        status: Some(status.to_owned()),
        ..Is::default()
    }
}

fn of_remedy(remedy: &Remedy) -> (RemedyWanted, Option<(Money, String)>) {
    match remedy {
        Remedy::Replacement => (RemedyWanted::Replacement, None),
        Remedy::Refund { amount, method, .. } => {
            (RemedyWanted::Refund, Some((*amount, method.clone())))
        }
    }
}

fn replaced(lines: &[ReplacedLine]) -> Vec<Line> {
    let lines = lines.iter();
    lines
        .map(|line| Line {
            line: line.line,
            quantity: line.quantity,
            problem: Some(line.problem),
            to: None,
        })
        .collect()
}

fn lines(world: &World, wanted: &[WantedAfterLine], is: &[Line]) -> anyhow::Result<Vec<String>> {
    let mut left: Vec<&Line> = is.iter().collect();
    let mut reasons = Vec::new();
    for wish in wanted {
        let mut found = None;
        for (at, line) in left.iter().enumerate() {
            if is_so(world, wish, line)? {
                found = Some(at);
                break;
            }
        }
        match found {
            Some(at) => drop(left.remove(at)),
            None => reasons.push(format!("it lacks {wish:?}")),
        }
    }
    let more = left.iter().map(|line| (line.quantity, line.line));
    reasons.extend(more.map(|(pieces, line)| format!("it has {pieces} × line {line}, too")));
    Ok(reasons)
}

fn is_so(world: &World, wish: &WantedAfterLine, line: &Line) -> anyhow::Result<bool> {
    let variants = world.products.iter().flat_map(|product| &product.variants);
    let to = line
        .to
        .as_ref()
        .and_then(|sku| variants.clone().find(|variant| variant.sku == *sku));
    let mut fits = line.line == wish.line && line.quantity == wish.quantity;
    fits &= wish.problem.is_none() || wish.problem == line.problem;
    if let Some(color) = &wish.color {
        let color = world.fill(color)?;
        fits &= to.is_some_and(|to| to.color == color);
    }
    if let Some(size) = &wish.size {
        let size = world.fill(size)?;
        fits &= to.is_some_and(|to| to.size == size);
    }
    Ok(fits)
}
