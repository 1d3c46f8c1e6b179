//! The gate: tokens by their secret, and the buckets of who asks.

use super::access::AccessArgs;
use super::limits::{Asker, Limit, Rate};
use crate::error::ApiError;
use geodata::base::{Base, BaseError, Token, hash_secret};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// For how long a token that was valid may read without asking the base again.
const FRESH: Duration = Duration::from_secs(1);
/// For how long it may read while the base is away.
const STALE: Duration = Duration::from_secs(3600);
/// The most tokens that are remembered.
const MAX_REMEMBERED: usize = 10_000;
/// How often one client address may come with a token that opens nothing.
const FORGED: Rate = Rate::per_minute(60);

/// How often one client address may read the state of reports.
const FOLLOWS: Rate = Rate::per_minute(600);

/// What stands between requests and handlers.
pub(crate) struct Gate {
    pub(super) access: AccessArgs,
    pub(super) reads: Limit,
    pub(super) writes: Limit,
    pub(super) reports: Limit,
    pub(super) follows: Limit,
    forged: Limit,
    /// By the hash of their secret.
    valid: Mutex<HashMap<String, (Token, Instant)>>,
}

impl Gate {
    pub(crate) fn new(access: AccessArgs) -> Gate {
        Gate {
            reads: Limit::new(access.read_rate),
            writes: Limit::new(access.write_rate),
            reports: Limit::new(access.report_rate),
            follows: Limit::new(FOLLOWS),
            forged: Limit::new(FORGED),
            access,
            valid: Mutex::default(),
        }
    }

    /// Counts a token that opens nothing: too many of them are told to wait.
    pub(super) fn count_forged(&self, address: IpAddr) -> Result<(), ApiError> {
        self.forged.count(Asker::Address(address))
    }

    /// The valid token with a secret, as the base knows it now.
    pub(super) async fn find(
        &self,
        base: &Base,
        secret: &str,
        now_ms: i64,
    ) -> Result<Option<Token>, BaseError> {
        let found = base
            .find_token(secret)
            .await?
            .filter(|t| t.is_valid(now_ms));
        self.remember(secret, found.as_ref());
        Ok(found)
    }

    /// The valid token with a secret, as the base knew it a moment ago, or longer ago when the base is away.
    pub(super) async fn find_to_read(
        &self,
        base: &Base,
        secret: &str,
        now_ms: i64,
    ) -> Result<Option<Token>, BaseError> {
        let known = self.remembered(secret, now_ms);
        match known {
            Some((token, age)) if age < FRESH => Ok(Some(token)),
            Some((token, age)) => match self.find(base, secret, now_ms).await {
                Err(BaseError::Unavailable(_)) if age < STALE => Ok(Some(token)),
                found => found,
            },
            None => self.find(base, secret, now_ms).await,
        }
    }

    fn remembered(&self, secret: &str, now_ms: i64) -> Option<(Token, Duration)> {
        let valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        let (token, since) = valid.get(&hash_secret(secret))?;
        token
            .is_valid(now_ms)
            .then(|| (token.clone(), since.elapsed()))
    }

    fn remember(&self, secret: &str, token: Option<&Token>) {
        let mut valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = hash_secret(secret);
        let Some(token) = token else {
            valid.remove(&hash);
            return;
        };
        if valid.len() >= MAX_REMEMBERED {
            valid.retain(|_, (_, since)| since.elapsed() < FRESH);
        }
        if valid.len() < MAX_REMEMBERED {
            valid.insert(hash, (token.clone(), Instant::now()));
        }
    }
}
