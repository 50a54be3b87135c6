//! Where shoppers come from: chat (over HTTP and in the terminal), and who they say they are.

pub mod chat;
pub mod customer_token;
