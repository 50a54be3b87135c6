//! What returns, exchanges, replacements and claims have made of an order so far: which pieces are
//! spoken for, and what was promised or paid back for them. No piece is given back twice, whichever
//! of them it was given back by.

use crate::domain::aftersale::{
    Aftersale, Claim, ClaimKind, ClaimStatus, Exchange, ExchangeStatus, Remedy, ReplacedLine,
    Replacement,
};
use crate::domain::ids::PaymentMethodId;
use crate::domain::money::Money;
use crate::domain::order::{Order, RefundPaid};
use crate::domain::policy::ReturnRules;
use crate::domain::returns::{Return, ReturnStatus};
use crate::shop::books::OWN_REFUND;
use crate::store::effects::AsItIs;

/// Of one order, oldest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Before<'a> {
    pub returns: &'a [Return],
    pub aftersales: &'a [Aftersale],
}

/// By what a piece is spoken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    Returned,
    Exchanged,
    Replaced,
    /// Of a parcel that did not arrive.
    Claimed,
}

/// Pieces of a line that are spoken for.
struct Pieces {
    line: u32,
    quantity: u32,
    /// What was paid for them.
    paid_minor: i64,
    by: Spoken,
    /// Does the shopper go without them from here on?
    gone: bool,
}

impl<'a> Before<'a> {
    pub fn of(now: &'a AsItIs) -> Self {
        Self {
            returns: &now.returns,
            aftersales: &now.aftersales,
        }
    }

    /// Returns that were not cancelled.
    pub fn returns(self) -> impl Iterator<Item = &'a Return> {
        self.returns
            .iter()
            .filter(|earlier| earlier.status != ReturnStatus::Cancelled)
    }

    /// Exchanges that hold.
    pub fn exchanges(self) -> impl Iterator<Item = &'a Exchange> {
        self.aftersales.iter().filter_map(|one| match one {
            Aftersale::Exchange(exchange) => (!matches!(
                exchange.status,
                ExchangeStatus::Lapsed | ExchangeStatus::Cancelled
            ))
            .then_some(exchange),
            _ => None,
        })
    }

    pub fn replacements(self) -> impl Iterator<Item = &'a Replacement> {
        self.aftersales.iter().filter_map(|one| match one {
            Aftersale::Replacement(replacement) => Some(replacement),
            _ => None,
        })
    }

    /// All that were not declined.
    pub fn claims(self) -> impl Iterator<Item = &'a Claim> {
        self.aftersales.iter().filter_map(|one| match one {
            Aftersale::Claim(claim) => (claim.status != ClaimStatus::Declined).then_some(claim),
            _ => None,
        })
    }

    /// Claims by which a parcel is spoken for. An enquiry about one that is late is none: it may
    /// still come.
    fn settling(self) -> impl Iterator<Item = &'a Claim> {
        self.claims().filter(|claim| {
            claim.about != ClaimKind::Late || matches!(claim.status, ClaimStatus::Settled(_))
        })
    }

    fn pieces(self) -> Vec<Pieces> {
        let returned = self
            .returns()
            .flat_map(|one| &one.lines)
            .map(|line| Pieces {
                line: line.line,
                quantity: line.quantity,
                paid_minor: line.paid.minor,
                by: Spoken::Returned,
                gone: true,
            });
        let exchanged = self
            .exchanges()
            .flat_map(|one| &one.pairs)
            .map(|pair| Pieces {
                line: pair.line,
                quantity: pair.quantity,
                paid_minor: pair.paid.minor,
                by: Spoken::Exchanged,
                gone: false,
            });
        let of = |line: &ReplacedLine, by, gone| Pieces {
            line: line.line,
            quantity: line.quantity,
            paid_minor: line.paid.minor,
            by,
            gone,
        };
        let replaced = self.replacements().flat_map(|one| {
            let gone = matches!(one.remedy, Remedy::Refund { .. });
            let lines = one.lines.iter();
            lines.map(move |line| of(line, Spoken::Replaced, gone))
        });
        let claimed = self.settling().flat_map(|one| {
            let refunded = matches!(one.status, ClaimStatus::Settled(Remedy::Refund { .. }));
            let lines = one.lines.iter();
            lines.map(move |line| of(line, Spoken::Claimed, refunded))
        });
        returned
            .chain(exchanged)
            .chain(replaced)
            .chain(claimed)
            .collect()
    }

    fn count(self, line: u32, counts: impl Fn(&Pieces) -> bool) -> u32 {
        self.pieces()
            .iter()
            .filter(|one| one.line == line && counts(one))
            .map(|one| one.quantity)
            .fold(0, u32::saturating_add)
    }

    /// Pieces of a line that are spoken for.
    pub fn spoken(self, line: u32) -> u32 {
        self.count(line, |_| true)
    }

    /// Those of them that had arrived.
    pub fn spoken_here(self, line: u32) -> u32 {
        self.count(line, |one| one.by != Spoken::Claimed)
    }

    pub fn returned(self, line: u32) -> u32 {
        self.count(line, |one| one.by == Spoken::Returned)
    }

    /// Pieces that the shopper goes without.
    pub fn gone(self, line: u32) -> u32 {
        self.count(line, |one| one.gone)
    }

    /// By what a line was spoken for last.
    pub fn by(self, line: u32) -> Option<Spoken> {
        let of_line = |one: Pieces| (one.line == line).then_some(one.by);
        self.pieces().into_iter().filter_map(of_line).next_back()
    }

    /// What was paid for the pieces of a line that are spoken for, in minor units.
    pub fn paid_minor(self, line: u32) -> i64 {
        let pieces = self.pieces();
        let of_line = pieces.iter().filter(|one| one.line == line);
        of_line.map(|one| one.paid_minor).sum()
    }

    /// Is a parcel spoken for, because it did not arrive?
    pub fn is_claimed(self, tracking: &str) -> bool {
        self.settling().any(|claim| claim.tracking == tracking)
    }

    /// What replacements and claims refund, with what was paid for the pieces.
    pub fn remedies(self) -> impl Iterator<Item = (&'a Remedy, &'a [ReplacedLine])> {
        let replaced = self
            .replacements()
            .map(|one| (&one.remedy, one.lines.as_slice()));
        let claimed = self.claims().filter_map(|one| match &one.status {
            ClaimStatus::Settled(remedy) => Some((remedy, one.lines.as_slice())),
            _ => None,
        });
        replaced.chain(claimed)
    }

    /// Shipping that was promised or paid back, in minor units.
    pub fn shipping_minor(self) -> i64 {
        let returned: i64 = self.returns().map(|one| one.refund.shipping.minor).sum();
        let beyond = |(remedy, lines): (&Remedy, &[ReplacedLine])| match remedy {
            Remedy::Refund { amount, .. } => {
                let paid: i64 = lines.iter().map(|line| line.paid.minor).sum();
                (amount.minor - paid).max(0)
            }
            Remedy::Replacement => 0,
        };
        returned + self.remedies().map(beyond).sum::<i64>()
    }

    /// All that was promised or paid back for goods, in minor units.
    pub fn given_back_minor(self, order: &Order) -> i64 {
        let returned: i64 = self.returns().map(|one| one.refund.total.minor).sum();
        let remedied = self.remedies().map(|(remedy, _)| match remedy {
            Remedy::Refund { amount, .. } => amount.minor,
            Remedy::Replacement => 0,
        });
        let cheaper = self.exchanges().map(|one| -one.difference.minor.min(0));
        let recorded = returned + remedied.sum::<i64>() + cheaper.sum::<i64>();
        // An order that comes from elsewhere may know of refunds that nothing is recorded for.
        let refunds = order.history.refunds.iter();
        let others = refunds.filter(|refund| refund.why.is_loss() && !self.explains(refund));
        recorded + others.map(|refund| refund.amount.minor).sum::<i64>()
    }

    /// Is this refund what a record of ours was paid by?
    pub fn explains(self, refund: &RefundPaid) -> bool {
        refund.why.is_loss() && refund.id.starts_with(OWN_REFUND)
    }

    /// What was promised or paid back by each way that is kept.
    pub fn by_ways(self) -> Vec<(PaymentMethodId, Money)> {
        let returned = self.returns().flat_map(|one| &one.refund.parts);
        let remedied = self.remedies().flat_map(|(remedy, _)| match remedy {
            Remedy::Refund { parts, .. } => parts.as_slice(),
            Remedy::Replacement => &[],
        });
        let parts = returned.chain(remedied);
        let parts = parts.filter_map(|part| Some((part.method_id.clone()?, part.amount)));
        let cheaper = self.exchanges().filter(|one| one.difference.minor < 0);
        let cheaper = cheaper.filter_map(|one| {
            let back = Money::new(-one.difference.minor, one.difference.currency);
            Some((one.method_id.clone()?, back))
        });
        parts.chain(cheaper).collect()
    }

    /// Has the order had a return or an exchange?
    pub fn has_come_back(self) -> bool {
        self.returns().next().is_some() || self.exchanges().next().is_some()
    }

    /// Is everything that the shopper goes without the shop's fault?
    pub fn all_faulty(self, rules: &ReturnRules) -> bool {
        self.returns()
            .flat_map(|one| &one.lines)
            .all(|line| rules.free_reasons.contains(&line.reason))
    }
}
