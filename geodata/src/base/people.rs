//! People: tokens with a role. The base knows hashes of secrets only.

use super::error::BaseError;
use super::journal::{JournalEntry, Subject};
use super::store::Base;
use super::write::{Write, check_text};
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq;

/// The longest name of a token.
const MAX_NAME_CHARS: usize = 100;
/// A secret is at least this long, in characters: 256 random bits need 43 in base 64.
const MIN_SECRET_CHARS: usize = 43;
/// How much of a hash is looked up by the index; the rest is compared in constant time.
const LOOKUP_CHARS: usize = 16;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// An app: reads.
    Client,
    /// Writes edits, which others review; works through reports.
    Cartographer,
    /// Approves edits, its own too.
    Reviewer,
    /// A program that writes many edits.
    Importer,
    /// Watches over rides: overrides arrival verdicts.
    Dispatcher,
    /// Runs the service.
    Operator,
}

impl Role {
    pub const ALL: [Role; 6] = [
        Role::Client,
        Role::Cartographer,
        Role::Reviewer,
        Role::Importer,
        Role::Dispatcher,
        Role::Operator,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Client => "client",
            Role::Cartographer => "cartographer",
            Role::Reviewer => "reviewer",
            Role::Importer => "importer",
            Role::Dispatcher => "dispatcher",
            Role::Operator => "operator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Role, String> {
        let known = Role::ALL.into_iter().find(|r| r.as_str() == text);
        known.ok_or_else(|| {
            let all = Role::ALL.map(Role::as_str).join(", ");
            format!("expected one of {all}, got `{text}`")
        })
    }
}

/// A token to be made. The secret is made by the caller from 256 random bits, and shown once.
#[derive(Clone)]
pub struct NewToken<'a> {
    pub name: &'a str,
    pub role: Role,
    pub secret: &'a str,
    /// Milliseconds since 1970 UTC.
    pub expires_ms: Option<i64>,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: i64,
    pub name: String,
    pub role: Role,
    /// Milliseconds since 1970 UTC, as the others.
    pub created_ms: i64,
    pub expires_ms: Option<i64>,
    pub revoked_ms: Option<i64>,
}

impl Token {
    /// Whether it opens anything at a time.
    pub fn is_valid(&self, now_ms: i64) -> bool {
        self.revoked_ms.is_none() && self.expires_ms.is_none_or(|e| now_ms < e)
    }
}

const TOKEN_COLUMNS: &str = "id, name, role, created_ms, expires_ms, revoked_ms";

impl Base {
    /// Makes a token; `who` made it, none for the operator's command line. Returns its id.
    ///
    /// # Errors
    /// [`BaseError::Invalid`] when the name is empty or too long, or the secret too short to be one.
    pub async fn create_token(
        &self,
        token: &NewToken<'_>,
        who: Option<i64>,
        at_ms: i64,
    ) -> Result<i64, BaseError> {
        check_token(token)?;
        let hash = hash_secret(token.secret);
        let mut write = self.write(at_ms).await?;
        let number = write.number();
        let insert = sqlx::query(
            "INSERT INTO tokens (id, name, role, lookup, sha256, created_ms, expires_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(number)
        .bind(token.name)
        .bind(token.role.as_str())
        .bind(lookup(&hash))
        .bind(&hash)
        .bind(at_ms)
        .bind(token.expires_ms);
        write.execute(insert).await?;
        let entry = JournalEntry {
            number,
            subject: Subject::Token(number),
            from: None,
            to: "valid".to_owned(),
            who,
            at_ms,
            why: String::new(),
            detail: None,
        };
        write.log(&entry).await?;
        write.commit().await?;
        Ok(number)
    }

    /// All tokens, oldest first.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn tokens(&self) -> Result<Vec<Token>, BaseError> {
        let sql = format!("SELECT {TOKEN_COLUMNS} FROM tokens ORDER BY id");
        let rows = self.rows(sqlx::query(AssertSqlSafe(sql))).await?;
        rows.iter().map(read_token).collect()
    }

    /// Revokes a token for good.
    ///
    /// # Errors
    /// [`BaseError::NotFound`], and [`BaseError::Conflict`] when it is revoked already.
    pub async fn revoke_token(
        &self,
        id: i64,
        who: Option<i64>,
        at_ms: i64,
    ) -> Result<(), BaseError> {
        let mut write = self.write(at_ms).await?;
        let token = write.token(id).await?.ok_or_else(|| no_token(id))?;
        if token.revoked_ms.is_some() {
            write.roll_back().await;
            return Err(BaseError::Conflict {
                what: format!("token {id}"),
                present: "revoked".to_owned(),
                expected: "`valid`".to_owned(),
            });
        }
        let update = sqlx::query("UPDATE tokens SET revoked_ms = $1 WHERE id = $2")
            .bind(at_ms)
            .bind(id);
        write.execute(update).await?;
        let entry = JournalEntry {
            number: write.number(),
            subject: Subject::Token(id),
            from: Some("valid".to_owned()),
            to: "revoked".to_owned(),
            who,
            at_ms,
            why: String::new(),
            detail: None,
        };
        write.log(&entry).await?;
        write.commit().await?;
        Ok(())
    }

    /// The token with a secret, valid or not: see [`Token::is_valid`].
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn find_token(&self, secret: &str) -> Result<Option<Token>, BaseError> {
        let hash = hash_secret(secret);
        let sql = format!("SELECT {TOKEN_COLUMNS}, sha256 FROM tokens WHERE lookup = $1");
        let rows = self
            .rows(sqlx::query(AssertSqlSafe(sql)).bind(lookup(&hash)))
            .await?;
        let mut found = None;
        for row in &rows {
            if same_hash(&hash, row.try_get("sha256")?) {
                found = Some(read_token(row)?);
            }
        }
        Ok(found)
    }
}

impl Write {
    async fn token(&mut self, id: i64) -> Result<Option<Token>, BaseError> {
        let sql = format!("SELECT {TOKEN_COLUMNS} FROM tokens WHERE id = $1");
        let row = self.row(sqlx::query(AssertSqlSafe(sql)).bind(id)).await?;
        row.as_ref().map(read_token).transpose()
    }

    /// Refuses to write in the name of a token that does not exist.
    pub(super) async fn check_token(&mut self, id: i64) -> Result<(), BaseError> {
        self.token(id)
            .await?
            .map(|_| ())
            .ok_or_else(|| no_token(id))
    }
}

fn no_token(id: i64) -> BaseError {
    BaseError::no(format!("token {id}"))
}

fn check_token(token: &NewToken<'_>) -> Result<(), BaseError> {
    check_text("name", token.name)?;
    let chars = token.name.trim().chars().count();
    if !(1..=MAX_NAME_CHARS).contains(&chars) {
        let why = format!("expected a name of 1 to {MAX_NAME_CHARS} characters, got {chars}");
        return Err(BaseError::Invalid(why));
    }
    if token.secret.chars().count() < MIN_SECRET_CHARS {
        let why = format!("expected a secret of at least {MIN_SECRET_CHARS} characters");
        return Err(BaseError::Invalid(why));
    }
    Ok(())
}

/// The hash by which a secret, a key or a request is stored: SHA-256 in hex. Secrets are random, so there is nothing to
/// guess slowly.
pub fn hash_secret(secret: &str) -> String {
    Sha256::digest(secret.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// Compares two hashes in a time that says nothing about where they differ.
pub(super) fn same_hash(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

fn lookup(hash: &str) -> String {
    hash.chars().take(LOOKUP_CHARS).collect()
}

fn read_token(row: &AnyRow) -> Result<Token, BaseError> {
    let role: &str = row.try_get("role")?;
    Ok(Token {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        role: role.parse().map_err(BaseError::Internal)?,
        created_ms: row.try_get("created_ms")?,
        expires_ms: row.try_get("expires_ms")?,
        revoked_ms: row.try_get("revoked_ms")?,
    })
}
