//! A switch for tests of this library alone: with it thrown, nothing that guards the shop guards it.
//! Every call gets the scope of whatever it names, a prepared write is carried out at once, money needs
//! nobody, every sentence leaves, mail and money go where a call says. It shows that what measures the
//! guards can see them fail; no other build has it.

use std::cell::Cell;

thread_local! {
    static THROWN: Cell<bool> = const { Cell::new(false) };
}

/// Is it thrown on this thread?
pub fn is_on() -> bool {
    THROWN.get()
}

/// Throws the switch for what this thread does until it is dropped.
pub struct Unguarded;

impl Unguarded {
    pub fn here() -> Self {
        THROWN.set(true);
        Self
    }
}

impl Drop for Unguarded {
    fn drop(&mut self) {
        THROWN.set(false);
    }
}
