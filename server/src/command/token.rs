//! `kudy-server token`: make, list, revoke.

use super::base::BaseArgs;
use crate::people::new_secret;
use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};
use geodata::base::{NewToken, Role, Token};
use std::io::Write;
use time::{Date, Month, OffsetDateTime};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Makes, lists and revokes tokens.
#[derive(Args, Debug)]
pub struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Subcommand, Debug)]
enum TokenCommand {
    /// Make a token; its secret is printed once and kept nowhere.
    Create {
        #[command(flatten)]
        base: BaseArgs,
        /// What it may do: client, cartographer, reviewer, importer, dispatcher or operator.
        #[arg(long)]
        role: Role,
        /// Whose it is.
        #[arg(long)]
        name: String,
        /// When it stops working: after a time such as `12h` or `90d`, or on a day such as `2027-01-31` (UTC).
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// List all tokens, without their secrets.
    List {
        #[command(flatten)]
        base: BaseArgs,
    },
    /// Revoke a token for good.
    Revoke {
        #[command(flatten)]
        base: BaseArgs,
        /// Its number, as `list` shows it.
        id: i64,
    },
}

impl TokenArgs {
    /// Runs the subcommand; `now_ms` is the time in milliseconds since 1970 UTC.
    ///
    /// # Errors
    /// When the base cannot be used, or an option cannot.
    pub async fn run(self, out: &mut (impl Write + Send), now_ms: i64) -> Result<()> {
        match self.command {
            TokenCommand::Create {
                base,
                role,
                name,
                expires,
            } => {
                let expires_ms = expires.map(|e| read_expiry(&e, now_ms)).transpose()?;
                let secret = new_secret().map_err(|e| anyhow!("no random bits: {e}"))?;
                let token = NewToken {
                    name: &name,
                    role,
                    secret: &secret,
                    expires_ms,
                };
                let id = base.open()?.create_token(&token, None, now_ms).await?;
                // Only the secret goes to standard output: `TOKEN=$(kudy-server token create …)`.
                writeln!(std::io::stderr(), "made token {id} for {name}, {role}")
                    .context("cannot print")?;
                writeln!(out, "{secret}").context("cannot print the secret")
            }
            TokenCommand::List { base } => {
                let tokens = base.open()?.tokens().await?;
                writeln!(
                    out,
                    "{:>6}  {:<12}  {:<10}  {:<10}  {:<8}  name",
                    "id", "role", "created", "expires", "state"
                )?;
                tokens.iter().try_for_each(|t| list(out, t, now_ms))
            }
            TokenCommand::Revoke { base, id } => {
                base.open()?.revoke_token(id, None, now_ms).await?;
                writeln!(out, "revoked token {id}").context("cannot print")
            }
        }
    }
}

fn list(out: &mut impl Write, token: &Token, now_ms: i64) -> Result<()> {
    let state = match token.revoked_ms {
        Some(_) => "revoked",
        None if token.is_valid(now_ms) => "valid",
        None => "expired",
    };
    let (id, role, name) = (token.id, token.role.as_str(), &token.name);
    let created = day(token.created_ms)?;
    let expires = token.expires_ms.map_or(Ok("never".to_owned()), day)?;
    writeln!(
        out,
        "{id:>6}  {role:<12}  {created:<10}  {expires:<10}  {state:<8}  {name}"
    )
    .context("cannot print")
}

fn day(ms: i64) -> Result<String> {
    let date = OffsetDateTime::from_unix_timestamp(ms / 1000)
        .context("a time out of range")?
        .date();
    Ok(format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    ))
}

/// A length of time from now, or a day.
fn read_expiry(text: &str, now_ms: i64) -> Result<i64> {
    let wrong = || {
        anyhow!(
            "expected `--expires` as a time such as `12h` or `90d`, or a day such as `2027-01-31`, got `{text}`"
        )
    };
    let at_ms = if let Some(days) = text.strip_suffix('d') {
        now_ms.saturating_add(
            days.parse::<u32>()
                .ok()
                .map(|d| i64::from(d) * DAY_MS)
                .ok_or_else(wrong)?,
        )
    } else if let Some(hours) = text.strip_suffix('h') {
        now_ms.saturating_add(
            hours
                .parse::<u32>()
                .ok()
                .map(|h| i64::from(h) * DAY_MS / 24)
                .ok_or_else(wrong)?,
        )
    } else {
        read_day(text).ok_or_else(wrong)?
    };
    if at_ms <= now_ms {
        bail!("expected `--expires` in the future, got `{text}`");
    }
    Ok(at_ms)
}

fn read_day(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let year: i32 = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day: u8 = parts.next()?.parse().ok()?;
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    Some(date.midnight().assume_utc().unix_timestamp() * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-31, 02:00 UTC.
    const NOW_MS: i64 = 1_769_824_800_000;

    #[test]
    fn expiry_is_a_time_from_now_or_a_day() {
        let check =
            |text, days| assert_eq!(read_expiry(text, NOW_MS).unwrap() - NOW_MS, days, "{text}");
        check("90d", 90 * DAY_MS);
        check("12h", DAY_MS / 2);
        check("2026-02-01", 22 * DAY_MS / 24);
        for wrong in ["", "0d", "soon", "2026-01-31", "2027-02-30", "-5d", "5m"] {
            assert!(
                read_expiry(wrong, NOW_MS)
                    .unwrap_err()
                    .to_string()
                    .contains("expected `--expires`"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn days_are_shown_as_they_are_read() {
        assert_eq!(day(NOW_MS).unwrap(), "2026-01-31");
    }
}
