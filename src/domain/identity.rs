//! Who the shopper has proved to be, and the scopes that follow from it.
//!
//! An `Identity` is only ever folded from logged proof events, and it is the only maker of scopes.
//! A tool that needs a scope takes one; nobody can hand it one that was not proved:
//!
//! ```
//! use attendant::domain::identity::{CustomerScope, Identity};
//! let nobody: Identity = Identity::fold(&[]);
//! let scope: Option<CustomerScope> = nobody.customer();
//! assert!(scope.is_none());
//! ```
//! ```compile_fail
//! use attendant::domain::identity::{CustomerScope, Identity};
//! use attendant::domain::ids::CustomerId;
//! let forged = CustomerScope { customer: CustomerId::new("somebody-else") };
//! ```
//! ```compile_fail
//! use attendant::domain::identity::Identity;
//! use attendant::domain::ids::CustomerId;
//! let forged = Identity { customer: Some(CustomerId::new("somebody-else")), ..Identity::default() };
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::event::{Event, EventBody};
use super::ids::{CustomerId, OrderNumber};

/// What was proved and how. Only an event in the log makes it count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Proof {
    Customer {
        customer: CustomerId,
        method: ProofMethod,
    },
    Order {
        order: OrderNumber,
        /// Whose order it is. It gives no right over that customer; it says whether a later proof
        /// is of the same person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<CustomerId>,
        method: ProofMethod,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofMethod {
    /// A customer token signed by the storefront.
    Token,
    /// A shop's own front end, which has an API key, vouches for them.
    Key,
    /// The operator's own terminal said who is writing.
    Terminal,
    /// The order's number with its e-mail or postcode.
    OrderDetails,
    /// A code sent to the customer's e-mail.
    EmailCode,
}

impl ProofMethod {
    pub fn words(self) -> &'static str {
        match self {
            Self::Token => "signed in on the storefront",
            Self::Key => "vouched for by the shop's own front end",
            Self::Terminal => "named by the operator's terminal",
            Self::OrderDetails => "order number with e-mail or postcode",
            Self::EmailCode => "code sent by e-mail",
        }
    }
}

/// Who the shopper has proved to be. See the module's head for why the fields are private.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    customer: Option<CustomerId>,
    orders: Vec<OrderNumber>,
    /// Owners of the orders that were proved one by one.
    owners: BTreeSet<CustomerId>,
}

impl Identity {
    /// Somebody whom nothing has proved: for tests of what happens when nothing guards the shop.
    #[cfg(test)]
    pub fn of_anybody(customer: Option<CustomerId>, orders: Vec<OrderNumber>) -> Self {
        Self {
            customer,
            orders,
            owners: BTreeSet::new(),
        }
    }

    /// Folds proof events. A proof of another customer drops everything proved before.
    pub fn fold(events: &[Event]) -> Self {
        let mut identity = Self::default();
        for event in events {
            identity.apply(event);
        }
        identity
    }

    /// Takes one more event of the same log into account.
    pub fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::IdentityProved(proved) => match &proved.proof {
                Proof::Customer { customer, .. } => {
                    if self.customer.as_ref() != Some(customer) {
                        self.orders.clear();
                        self.owners.clear();
                    }
                    self.customer = Some(customer.clone());
                }
                Proof::Order { order, owner, .. } => {
                    if !self.orders.contains(order) {
                        self.orders.push(order.clone());
                    }
                    self.owners.extend(owner.clone());
                }
            },
            EventBody::IdentityDropped(_) => *self = Self::default(),
            _ => {}
        }
    }

    /// Does this event put somebody else, or nobody, in the place of who was proved before? Then
    /// what came before it is not theirs to see. A first proof, and a customer's proof behind those
    /// of their own orders, go on.
    pub fn is_replaced_by(&self, body: &EventBody) -> bool {
        match body {
            EventBody::IdentityDropped(_) => self.is_proved(),
            EventBody::IdentityProved(proved) => match &proved.proof {
                Proof::Customer { customer, .. } => match &self.customer {
                    Some(known) => known != customer,
                    None => {
                        let theirs = self.owners.len() == 1 && self.owners.contains(customer);
                        !self.orders.is_empty() && !theirs
                    }
                },
                // One order more takes nothing of what was proved away.
                Proof::Order { .. } => false,
            },
            _ => false,
        }
    }

    /// Through which sequence number the log belongs to somebody else, when this event, about to be
    /// applied, puts another shopper in the place of who was there.
    pub fn wall(&self, event: &Event) -> Option<u64> {
        match &event.body {
            EventBody::IdentityDropped(dropped) => dropped.through,
            // Nothing writes this without a drop before it; should anything, it is one.
            body => (self.customer.is_some() && self.is_replaced_by(body)).then_some(event.seq),
        }
    }

    pub fn customer(&self) -> Option<CustomerScope> {
        self.customer
            .clone()
            .map(|customer| CustomerScope { customer })
    }

    /// The scope over single orders, proved by their details or by being their customer.
    pub fn orders(&self) -> Option<OrderScope> {
        (self.customer.is_some() || !self.orders.is_empty()).then(|| OrderScope {
            customer: self.customer.clone(),
            orders: self.orders.clone(),
        })
    }

    pub fn is_proved(&self) -> bool {
        self.customer.is_some() || !self.orders.is_empty()
    }
}

/// The right to see and change everything of one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerScope {
    customer: CustomerId,
}

impl CustomerScope {
    pub fn customer(&self) -> &CustomerId {
        &self.customer
    }
}

/// The right to see and act on some orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderScope {
    customer: Option<CustomerId>,
    orders: Vec<OrderNumber>,
}

impl OrderScope {
    /// May this scope touch that order of that customer?
    pub fn covers(&self, order: &OrderNumber, owner: &CustomerId) -> bool {
        self.customer.as_ref() == Some(owner) || self.orders.contains(order)
    }

    /// The customer whose whole list of orders may be seen, when that was proved.
    pub fn customer(&self) -> Option<&CustomerId> {
        self.customer.as_ref()
    }

    /// Orders proved one by one.
    pub fn orders(&self) -> &[OrderNumber] {
        &self.orders
    }
}
