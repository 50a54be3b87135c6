//! A case as it is written: who the shopper is, what they write, and what must be true afterwards.
//! Cases are the files `evals/suites/<suite>/<case>.toml`, compiled into the binary; the format is
//! described in `evals/README.md`.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use jiff::civil::DateTime;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::change::Change;
use super::wanted::{
    WantedBundle, WantedCall, WantedCart, WantedIdentity, WantedOffer, WantedProducts, WantedReturn,
};
use super::wanted_orders::{WantedAddress, WantedAftersale, WantedOrder, WantedPrepared};
use crate::domain::bundle::HandOffReason;
use crate::domain::conversation::Status;

#[derive(RustEmbed)]
#[folder = "evals/suites"]
struct Files;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// File stem.
    #[serde(skip)]
    pub name: String,
    /// What the shopper is after, for whoever reads the file or a failure.
    pub wants: String,
    /// A named demo shopper, by situation.
    pub shopper: Option<String>,
    /// Any customer, by e-mail.
    pub email: Option<String>,
    /// Nobody has said who the shopper is.
    #[serde(default)]
    pub anonymous: bool,
    /// Who the anonymous shopper is, by situation: `me` and `order` name what they know of
    /// themselves, although nothing is proved.
    pub knows: Option<String>,
    /// Another demo shopper, whose orders paths can name as `other.…`.
    pub other: Option<String>,
    /// The shop's local time; `stage::NOW` when left out.
    pub now: Option<DateTime>,
    /// What differs from the demo shop.
    #[serde(default, rename = "change")]
    pub changes: Vec<Change>,
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    #[serde(default)]
    pub expect: Expect,
}

/// One thing that the shopper does, and what must be true right after it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    pub say: Option<String>,
    /// How often `say` stands in the message.
    pub times: Option<usize>,
    /// Several messages before the assistant has looked.
    pub burst: Option<Vec<String>>,
    /// The product on whose page `say` is written.
    pub page: Option<String>,
    /// A picture is sent with `say`.
    pub picture: bool,
    pub press: Option<Button>,
    /// The button is pressed twice before the assistant has looked.
    pub twice: bool,
    pub wait_minutes: Option<i64>,
    /// Something happens in the shop meanwhile.
    pub change: Option<Change>,
    /// Which of the shopper's conversations it happens in, from 1: a second one is a second tab.
    pub tab: Option<u32>,
    /// Types the code of the newest mail.
    pub mail_code: bool,
    /// Types six digits that are not that code.
    pub wrong_code: bool,
    /// Facts that the words or the cards show. "a | b": one of them is enough.
    pub shown: Vec<String>,
    /// Facts that the words themselves hold.
    pub said: Vec<String>,
    /// Facts that neither shows.
    pub hidden: Vec<String>,
    /// The first tool called is one of these; "none" when none is needed.
    pub first_tool: Vec<String>,
    /// A policy that the answer rests on.
    pub cites: Vec<String>,
    /// Exactly this waits for a yes afterwards.
    pub proposal: Option<WantedReturn>,
    /// Exactly this does, whichever tool it is of.
    pub prepared: Option<WantedPrepared>,
    /// Nothing waits for a yes afterwards.
    pub no_proposal: bool,
    /// The assistant asks back.
    pub asks: bool,
    /// What the product cards show.
    pub products: Option<WantedProducts>,
    /// Exactly this is put into the cart.
    pub cart: Vec<WantedCart>,
    /// Nothing is; so it is, too, wherever `cart` is left out.
    pub no_cart: bool,
    /// An offer card is shown.
    pub offer: Option<WantedOffer>,
    pub no_offer: bool,
    /// What is proved afterwards.
    pub identified: Option<WantedIdentity>,
    /// Calls that are among those of the step.
    pub calls: Vec<WantedCall>,
    /// Mails leave to exactly these addresses: paths, or as they stand.
    pub mails: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Button {
    Confirm,
    Cancel,
    /// "Talk to a person".
    Person,
}

/// What must be true at the end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// The returns made, no other in the whole shop.
    pub returns: Vec<WantedReturn>,
    /// The orders that are not as they were, no other in the whole shop.
    pub orders: Vec<WantedOrder>,
    /// What was made for orders after they were sent, in this order and nothing else.
    pub aftersales: Vec<WantedAftersale>,
    /// What became of the customer's own address; it stays when left out.
    pub address: Option<WantedAddress>,
    /// What the customer's gift cards hold together, and their credit: amounts as in `amount.rs`.
    pub gift_card: Option<String>,
    pub store_credit: Option<String>,
    /// Open, or waiting after a hand-off, when left out.
    pub status: Option<Status>,
    /// Handed off once, for one of these reasons.
    pub hand_off: Vec<HandOffReason>,
    /// The same where a person need not, but may be asked.
    pub may_hand_off: Vec<HandOffReason>,
    pub bundle: Option<WantedBundle>,
    /// A return may be proposed, although none is made.
    pub may_propose: bool,
    /// Two answers in a row may be the same.
    pub may_repeat: bool,
    /// Something may be put into the cart in any step.
    pub may_cart: bool,
    /// Orders of which nothing may be shown: "other.latest".
    pub hides: Vec<String>,
    pub words_forbidden: Vec<String>,
    pub tools_forbidden: Vec<String>,
    /// Calls of the model in the whole conversation.
    pub model_calls_max: usize,
}

impl Default for Expect {
    fn default() -> Self {
        Self {
            returns: Vec::new(),
            orders: Vec::new(),
            aftersales: Vec::new(),
            address: None,
            gift_card: None,
            store_credit: None,
            status: None,
            hand_off: Vec::new(),
            may_hand_off: Vec::new(),
            bundle: None,
            may_propose: false,
            may_repeat: false,
            may_cart: false,
            hides: Vec::new(),
            words_forbidden: Vec::new(),
            tools_forbidden: Vec::new(),
            model_calls_max: 24,
        }
    }
}

/// What a step is, once it is known to be exactly one thing.
#[derive(Clone, Debug)]
pub enum Act {
    /// One message, or several before the assistant looks.
    Write(Vec<String>),
    /// One message from the page of a product.
    WriteFrom {
        page: String,
        line: String,
    },
    /// One message with a picture.
    WriteWithPicture(String),
    Confirm {
        twice: bool,
    },
    Cancel,
    CallPerson,
    /// The code of the newest mail, or another one.
    Code {
        wrong: bool,
    },
    Wait {
        minutes: i64,
    },
    /// Something happens in the shop.
    Change(Box<Change>),
}

impl Step {
    pub fn act(&self) -> anyhow::Result<Act> {
        let mut acts = Vec::new();
        if let Some(say) = &self.say {
            let line = say.repeat(self.times.unwrap_or(1));
            acts.push(match self.page.clone() {
                Some(page) => Act::WriteFrom { page, line },
                None if self.picture => Act::WriteWithPicture(line),
                None => Act::Write(vec![line]),
            });
        }
        acts.extend(self.burst.clone().map(Act::Write));
        acts.extend(self.press.map(|button| match button {
            Button::Confirm => Act::Confirm { twice: self.twice },
            Button::Cancel => Act::Cancel,
            Button::Person => Act::CallPerson,
        }));
        acts.extend(self.wait_minutes.map(|minutes| Act::Wait { minutes }));
        acts.extend(
            self.change
                .clone()
                .map(|change| Act::Change(Box::new(change))),
        );
        acts.extend(self.mail_code.then_some(Act::Code { wrong: false }));
        acts.extend(self.wrong_code.then_some(Act::Code { wrong: true }));
        match <[Act; 1]>::try_from(acts) {
            Ok([act]) => Ok(act),
            Err(_) => bail!(
                "a step has one of `say`, `burst`, `press`, `wait_minutes`, `change`, `mail_code` and `wrong_code`"
            ),
        }
    }

    /// Wants anything of the answer.
    pub fn grades(&self) -> bool {
        let facts = [
            &self.shown,
            &self.said,
            &self.hidden,
            &self.first_tool,
            &self.cites,
        ];
        facts.iter().any(|facts| !facts.is_empty())
            || self.proposal.is_some()
            || self.prepared.is_some()
            || self.no_proposal
            || self.asks
            || self.products.is_some()
            || !self.cart.is_empty()
            || self.no_cart
            || self.offer.is_some()
            || self.no_offer
            || self.identified.is_some()
            || !self.calls.is_empty()
            || self.mails.is_some()
    }
}

impl Case {
    pub fn parse(name: &str, text: &str) -> anyhow::Result<Self> {
        let mut case: Self = toml::from_str(text).with_context(|| format!("{name}.toml"))?;
        case.name = name.to_owned();
        case.check().with_context(|| format!("{name}.toml"))?;
        Ok(case)
    }

    fn check(&self) -> anyhow::Result<()> {
        let personas = usize::from(self.shopper.is_some())
            + usize::from(self.email.is_some())
            + usize::from(self.anonymous);
        ensure!(
            personas == 1,
            "a case has one of `shopper`, `email` and `anonymous = true`"
        );
        ensure!(
            self.anonymous || self.knows.is_none(),
            "`knows` says who an anonymous shopper is"
        );
        ensure!(!self.steps.is_empty(), "a case has at least one step");
        for (at, step) in self.steps.iter().enumerate() {
            let act = step.act().with_context(|| format!("step {}", at + 1))?;
            let quiet = matches!(act, Act::Wait { .. } | Act::Change(_));
            ensure!(
                !(quiet && step.grades()),
                "step {}: waiting and changing bring no answer to look at",
                at + 1
            );
        }
        Ok(())
    }

    /// The first return that the case asks for: proposed, made or passed on.
    pub fn wanted_return(&self) -> Option<&WantedReturn> {
        let passed_on = || {
            self.expect
                .bundle
                .as_ref()
                .and_then(|bundle| bundle.action.as_ref())
        };
        let proposed = || self.steps.iter().find_map(|step| step.proposal.as_ref());
        self.expect
            .returns
            .first()
            .or_else(passed_on)
            .or_else(proposed)
    }

    /// Does an order action belong to it? Then the shop is read again after each step.
    pub fn moves_orders(&self) -> bool {
        let asked = |step: &Step| step.prepared.is_some() || step.change.is_some();
        !self.expect.orders.is_empty()
            || !self.expect.aftersales.is_empty()
            || self.steps.iter().any(asked)
    }

    /// May a write be proposed anywhere in this case?
    pub fn may_propose(&self) -> bool {
        self.expect.may_propose
            || !self.expect.returns.is_empty()
            || self
                .expect
                .bundle
                .as_ref()
                .is_some_and(|bundle| bundle.action.is_some() || bundle.prepared.is_some())
            || !self.expect.orders.is_empty()
            || !self.expect.aftersales.is_empty()
            || self.expect.address.is_some()
            || self
                .steps
                .iter()
                .any(|step| step.proposal.is_some() || step.prepared.is_some())
    }
}

/// All suites in the binary, by name; cases by name.
pub fn suites() -> anyhow::Result<BTreeMap<String, Vec<Case>>> {
    let mut files: Vec<_> = Files::iter().collect();
    files.sort();
    let mut suites: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    for path in files {
        let Some((suite, name)) = path
            .strip_suffix(".toml")
            .and_then(|path| path.split_once('/'))
        else {
            bail!("evals/suites/{path}: a case is <suite>/<case>.toml");
        };
        let file = Files::get(&path).with_context(|| format!("evals/suites/{path}"))?;
        let text = std::str::from_utf8(&file.data)
            .with_context(|| format!("evals/suites/{path} is not UTF-8"))?;
        let case = Case::parse(name, text).with_context(|| format!("suite {suite}"))?;
        suites.entry(suite.to_owned()).or_default().push(case);
    }
    Ok(suites)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_reads_and_there_are_enough() {
        let suites = suites().unwrap();
        let cases: usize = suites.values().map(Vec::len).sum();
        assert!(cases >= 36, "{cases} cases");
    }

    #[test]
    fn a_case_that_says_two_things_at_once_is_refused() {
        for (text, why) in [
            (
                "wants = 'x'\nanonymous = true\n[[step]]\nsay = 'a'\npress = 'confirm'",
                "has one of `say`",
            ),
            ("wants = 'x'\n[[step]]\nsay = 'a'", "has one of `shopper`"),
            (
                "wants = 'x'\nanonymous = true\n[[step]]\nwait_minutes = 1\nasks = true",
                "bring no answer",
            ),
            (
                "wants = 'x'\nanonymous = true\n[[step]]\nsay = 'a'\nshow = ['order.latest.number']",
                "unknown field",
            ),
        ] {
            let error = format!("{:#}", Case::parse("t", text).unwrap_err());
            assert!(error.contains(why), "{error}");
        }
    }
}
