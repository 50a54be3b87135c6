//! The values that a passage states, as typed facts: what an answer resting on it may say.
