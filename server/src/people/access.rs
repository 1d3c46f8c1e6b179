//! How the service is opened and limited: options of the command line, kept as they are.

use super::limits::Rate;
use clap::{Args, ValueEnum};

/// Who may search and look at places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PublicReads {
    /// Everybody.
    Open,
    /// Whoever has a token, of any role.
    Token,
}

/// Options that say who may ask, and how often.
#[derive(Args, Debug, Clone)]
pub struct AccessArgs {
    /// Who may search and look at places: everybody, or whoever has a token.
    #[arg(long, env = "KUDY_PUBLIC_READS", value_enum, default_value = "open")]
    pub public_reads: PublicReads,
    /// How often one token (without one: one client address) may search: `600/m`, `50/s`, `1000/h` or `off`.
    #[arg(
        long,
        env = "KUDY_READ_RATE",
        value_name = "RATE",
        default_value = "off"
    )]
    pub read_rate: Rate,
    /// How often one token may use the endpoints that need one.
    #[arg(
        long,
        env = "KUDY_WRITE_RATE",
        value_name = "RATE",
        default_value = "3000/m"
    )]
    pub write_rate: Rate,
    /// How often one client address may report an address.
    #[arg(
        long,
        env = "KUDY_REPORT_RATE",
        value_name = "RATE",
        default_value = "60/h"
    )]
    pub report_rate: Rate,
    /// How many proxies stand in front: that many entries from the end of `X-Forwarded-For`, the client is named. With 0
    /// the header is ignored.
    #[arg(
        long,
        env = "KUDY_TRUSTED_PROXIES",
        value_name = "N",
        default_value = "0"
    )]
    pub trusted_proxies: u8,
}

impl Default for AccessArgs {
    /// As on the command line.
    fn default() -> AccessArgs {
        AccessArgs {
            public_reads: PublicReads::Open,
            read_rate: Rate::Off,
            write_rate: Rate::per_minute(3000),
            report_rate: Rate::per_hour(60),
            trusted_proxies: 0,
        }
    }
}
