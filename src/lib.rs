//! Attendant: a shop assistant in one binary.

pub mod agent;
pub mod app;
pub mod channels;
pub mod cli;
pub mod clock;
pub mod config;
pub mod customers;
pub mod domain;
pub mod evals;
pub mod jobs;
pub mod knowledge;
pub mod mail;
pub mod model;
pub mod search;
pub mod shop;
pub mod store;
pub mod telemetry;
pub mod tools;
pub mod web;
