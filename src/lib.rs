//! Attendant: a shop assistant in one binary.

pub mod clock;
pub mod domain;
pub mod store;
pub mod knowledge;
pub mod search;
pub mod shop;
pub mod customers;
pub mod mail;
pub mod model;
pub mod tools;
pub mod agent;
pub mod channels;
pub mod jobs;
pub mod web;
pub mod evals;
pub mod config;
pub mod app;
pub mod telemetry;
pub mod cli;
