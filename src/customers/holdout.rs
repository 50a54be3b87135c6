//! Customers who by design get no offer, so that offers can be shown to work.

use sha2::{Digest as _, Sha256};

use crate::domain::ids::CustomerId;

/// Shares are cut in ten-thousandths.
const PARTS: u64 = 10_000;
/// What the customer's id is hashed with unless the configuration says otherwise. Fixed, so that
/// every process and every start on a shop's data leaves out the same customers.
const SALT: &str = "holdout";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdout {
    percent: u8,
    salt: String,
}

impl Default for Holdout {
    fn default() -> Self {
        Self::new(10, None)
    }
}

impl Holdout {
    /// `percent` above 100 counts as 100. Another salt draws other customers.
    pub fn new(percent: u8, salt: Option<&str>) -> Self {
        Self {
            percent: percent.min(100),
            salt: salt.unwrap_or(SALT).to_owned(),
        }
    }

    /// The rule: a customer of the holdout is never told of an offer, neither of one for them or
    /// their segment nor of a public one, and no code is made for them. A code that works is not
    /// withheld from them: what the shop has published, or promised them before, holds for them as
    /// for everybody when they name it (`check_offer`), because what is measured is telling.
    pub fn holds(&self, customer: &CustomerId) -> bool {
        let hash = Sha256::digest(format!("{}\n{customer}", self.salt).as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        u64::from_be_bytes(first) % PARTS < u64::from(self.percent) * PARTS / 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_the_configured_one_and_everybody_stays_where_they_are() {
        let customers: Vec<CustomerId> = (0..5_000)
            .map(|n| CustomerId::new(format!("c{n}")))
            .collect();
        let held = |holdout: &Holdout| customers.iter().filter(|id| holdout.holds(id)).count();
        assert_eq!(held(&Holdout::new(0, None)), 0);
        assert_eq!(held(&Holdout::new(100, None)), customers.len());
        assert_eq!(held(&Holdout::new(255, None)), customers.len());
        let ten = Holdout::default();
        assert!((430..570).contains(&held(&ten)), "{}", held(&ten));
        // Whoever is left out at a small share is left out at a larger one.
        let twenty = Holdout::new(20, None);
        assert!(
            customers
                .iter()
                .all(|id| !ten.holds(id) || twenty.holds(id))
        );
        let other = Holdout::new(10, Some("2027"));
        assert!(customers.iter().any(|id| ten.holds(id) != other.holds(id)));
    }
}
