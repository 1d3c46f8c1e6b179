//! Subcommands of `kudy-server` that work on the address base.

/// Which base.
mod base;
/// Tokens: make, list, revoke.
mod token;

pub use base::{BackupArgs, BaseArgs, open_base};
pub use token::TokenArgs;
