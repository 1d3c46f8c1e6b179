//! `kudy-indexer`: builds snapshots and looks after them.

use anyhow::Result;
use clap::Parser;
use indexer::command::Cli;
use std::ffi::c_long;
use std::io::Write;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of mimalloc 3: for how many milliseconds freed memory is kept before the system gets it back.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
/// Each stage of a build frees what the one before has left and fills as much again: memory that is still there need not
/// be cleared by the system. Once the delay of the first of it is over, all that is free then goes; a country is built
/// before.
const KEPT_MS: c_long = 60_000;

fn main() -> ExitCode {
    if std::env::var_os("MIMALLOC_PURGE_DELAY").is_none() {
        keep_freed_memory();
    }
    let result: Result<()> = Cli::parse().run(&mut std::io::stdout().lock());
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            writeln!(std::io::stderr(), "error: {error:#}").unwrap_or_default();
            ExitCode::FAILURE
        }
    }
}

#[expect(
    unsafe_code,
    reason = "the allocator's settings are functions of a C library"
)]
fn keep_freed_memory() {
    // SAFETY: it sets a number, and no other thread runs yet.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, KEPT_MS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        unsafe_code,
        reason = "the allocator's settings are functions of a C library"
    )]
    fn the_number_of_the_setting_is_that_of_the_delay() {
        // SAFETY: it reads a number.
        let delay = unsafe { libmimalloc_sys::mi_option_get(PURGE_DELAY) };
        // What mimalloc 3 sets it to.
        assert_eq!(delay, 1_000);
    }
}
