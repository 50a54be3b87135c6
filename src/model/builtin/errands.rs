//! What earlier turns left open about products, sizes, shipping, offers and the cart.

use super::details::Want;
use super::errand::{Basket, Meant, Sizing};
use super::goods::Goods;
use super::memory::Turn;
use super::plans::{Does, plan};
use super::replies::Asked;
use super::results::Outcome;
use super::shelf::Shelf;
use super::understand::Wish;

/// Turns after which an open question is no longer expected to be answered.
const OPEN_TURNS_MAX: u32 = 3;

/// A question that waits for its answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Open {
    /// A measure by its name in the size tool, or `usual_size`.
    Measure(String),
    /// `size` or `color`, with what can be chosen.
    Variant(Vec<String>),
    Country,
    Code,
    /// Which of the products.
    Product,
    /// May it go into the cart?
    Cart,
    /// What the thing is to be like.
    Wish,
}

/// What earlier turns left behind about all this.
#[derive(Clone, Debug, Default)]
pub struct Errands {
    pub shelf: Shelf,
    pub want: Option<Want>,
    pub sizing: Option<Sizing>,
    pub basket: Option<Basket>,
    pub places: Vec<String>,
    /// The code that was spoken of last.
    pub code: Option<String>,
    /// The last search led nowhere.
    pub nowhere: bool,
    pub open: Option<Open>,
    /// The wish that the open question belongs to.
    pub wish: Option<Box<Wish>>,
    /// Turns since the question.
    pub age: u32,
    /// How often in a row each question was put.
    pub asked_product: u32,
    pub asked_code: u32,
    pub asked_measure: u32,
}

impl Errands {
    pub fn absorb(&mut self, turn: &Turn, wishes: &[Wish], asked: Option<Asked>) {
        for wish in wishes {
            self.remember(wish);
        }
        self.age += 1;
        let mut open = match asked {
            Some(Asked::Product) => Some(Open::Product),
            Some(Asked::Code) => Some(Open::Code),
            Some(Asked::Wish) => Some(Open::Wish),
            Some(Asked::Cart) => Some(Open::Cart),
            Some(Asked::Usual) => Some(Open::Measure("usual_size".to_owned())),
            _ => None,
        };
        for done in &turn.done {
            // What led to a refusal is not carried on.
            if done.tool == "size_guide" && matches!(done.outcome, Outcome::Refused(_)) {
                self.sizing = None;
                open = Some(Open::Measure("usual_size".to_owned()));
            }
            if let Outcome::Goods(goods) = &done.outcome {
                self.shelf.absorb(goods);
                open = question_of(goods).or(open);
                self.close(goods);
            }
        }
        // "Then I can't name a size": the size worn elsewhere may still come to mind.
        if open.is_none() && asked == Some(Asked::Person) && turn.done.is_empty() {
            open = self
                .open
                .take()
                .filter(|before| matches!(before, Open::Measure(_)))
                .filter(|_| wishes.iter().any(|wish| wish.intent == "size_advice"))
                .map(|_| Open::Measure("usual_size".to_owned()));
        }
        self.shelf.stand_together(&turn.done, &turn.text);
        let count = |before: u32, now: bool| if now { before + 1 } else { 0 };
        self.asked_product = count(self.asked_product, open == Some(Open::Product));
        self.asked_code = count(self.asked_code, open == Some(Open::Code));
        self.asked_measure = count(self.asked_measure, matches!(open, Some(Open::Measure(_))));
        if open.is_some() {
            self.open = open;
            self.age = 0;
            self.wish = wishes
                .iter()
                .find(|wish| wish.errand.is_some())
                .cloned()
                .map(Box::new);
        } else if self.age > OPEN_TURNS_MAX || wishes.iter().any(|wish| self.continues(wish)) {
            self.open = None;
        }
    }

    fn continues(&self, wish: &Wish) -> bool {
        self.wish
            .as_ref()
            .is_some_and(|open| open.intent == wish.intent)
    }

    fn remember(&mut self, wish: &Wish) {
        let Some(errand) = &wish.errand else {
            return;
        };
        match plan(&wish.intent).map(|plan| plan.does) {
            Some(Does::Products) if !errand.want.is_empty() && errand.meant == Meant::Unknown => {
                self.want = Some(errand.want.clone())
            }
            Some(Does::Size) => self.sizing = Some(errand.sizing.clone()),
            Some(Does::Cart) => self.basket = Some(errand.basket.clone()),
            Some(Does::Ship) if !errand.places.is_empty() => self.places.clone_from(&errand.places),
            Some(Does::Code | Does::Offers) => self.code = errand.code.clone().or(self.code.take()),
            _ => {}
        }
        if let Meant::One(id) = &errand.meant
            && self.shelf.product(id).is_some()
        {
            self.shelf.focus = Some(id.clone());
        }
    }

    /// What is settled is no longer collected.
    fn close(&mut self, goods: &Goods) {
        match goods {
            // What was added may still be corrected: "sorry, in XL".
            Goods::Added(added) => {
                self.basket = Some(Basket {
                    product: Some(added.product_id.clone()),
                    size: added.size.clone(),
                    color: added.color.clone(),
                    quantity: Some(added.quantity).filter(|count| *count > 1),
                });
            }
            Goods::Search(search) => {
                let near = search
                    .nothing
                    .as_ref()
                    .is_some_and(|nothing| !nothing.near.is_empty());
                self.nowhere = search.products.is_empty() && !near;
            }
            _ => {}
        }
    }

    /// The open question, while an answer to it may still come.
    pub fn expects(&self) -> Option<&Open> {
        self.open.as_ref()
    }

    /// The question was the last thing said.
    pub fn just_asked(&self) -> bool {
        self.open.is_some() && self.age == 0
    }
}

fn question_of(goods: &Goods) -> Option<Open> {
    match goods {
        Goods::Sized(sized) => sized.ask.clone().map(Open::Measure),
        Goods::Asks(ask) => Some(Open::Variant(ask.choices.clone())),
        Goods::Shipping(shipping) => shipping.ask.is_some().then_some(Open::Country),
        Goods::Which(_) => Some(Open::Product),
        _ => None,
    }
}
