//! The shop's nouns. No I/O, no `async`, no vendor's types.

pub mod ids;
pub mod money;

pub mod aftersale;
pub mod attachment;
pub mod autonomy;
pub mod customer;
pub mod effect;
pub mod letter;
pub mod offer;
pub mod order;
pub mod origin;
pub mod page;
pub mod policy;
pub mod product;
pub mod returns;
pub mod text;

pub mod budget;
pub mod bundle;
pub mod card;
pub mod conversation;
pub mod event;
pub mod evidence;
pub mod identity;
pub mod limits;
pub mod parts;
#[cfg(test)]
pub mod unguarded;
