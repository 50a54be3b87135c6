//! Old events, lifted to their current shape when they are read. The log itself is never rewritten.
