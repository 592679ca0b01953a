//! `zkperf.toml`: which guests a repository has, how they are built and fed, on which blocks they are measured,
//! and by which rules changes to them are kept. One file for `build`, `profile`, `bench`, `compare` and `lab`.
//!
//! This crate reads it and says what is wrong with it, by file, line and key. It runs nothing, and knows no zkVM:
//! whoever uses a name asks [`Config::check_zkvms`].

mod command;
mod config;
mod error;
mod reader;
mod sections;

pub use command::{expand, quote};
pub use config::{Config, FILE_NAME};
pub use error::ConfigError;
pub use sections::{Bench, GuestBuild, GuestInput, Guests, Lab, Sweep, SweepFactor, ZkvmGuest};
