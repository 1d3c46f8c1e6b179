//! Idempotent requests: what a request with a key was answered is kept in the same transaction as what it did, so that
//! the same request again does nothing and is answered the same.

use super::error::BaseError;
use super::people::hash_secret;
use super::store::Base;
use super::write::{Write, check_text};
use sqlx::Row;
use sqlx::any::AnyRow;

/// A request that bears a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// The token of who asks.
    pub person: i64,
    /// The key that the client made up.
    pub key: &'a str,
    /// Method, path and body: what makes it the same request.
    pub content: &'a str,
}

/// What it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

const SELECT: &str =
    "SELECT request, status, body FROM answers WHERE person = $1 AND client_key = $2";

impl Write {
    /// What a request was answered before, if it was.
    ///
    /// # Errors
    /// [`BaseError::KeyReused`] when its key came with another request.
    pub async fn answer(&mut self, request: &Request<'_>) -> Result<Option<Answer>, BaseError> {
        check_text("key", request.key)?;
        let select = sqlx::query(SELECT).bind(request.person).bind(request.key);
        let row = self.row(select).await?;
        row.map(|r| read_answer(&r, request)).transpose()
    }

    /// Keeps what a request is answered.
    ///
    /// # Errors
    /// When it was answered already; ask [`Write::answer`] first.
    pub async fn keep_answer(
        &mut self,
        request: &Request<'_>,
        answer: &Answer,
    ) -> Result<(), BaseError> {
        let insert = sqlx::query(
            "INSERT INTO answers (person, client_key, request, status, body, at_ms) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(request.person)
        .bind(request.key)
        .bind(hash_secret(request.content))
        .bind(i64::from(answer.status))
        .bind(&answer.body)
        .bind(self.at_ms());
        self.execute(insert).await?;
        Ok(())
    }

    /// Forgets answers given before a time, in milliseconds since 1970 UTC; returns how many.
    ///
    /// # Errors
    /// When the base cannot be written.
    pub async fn forget_answers(&mut self, before_ms: i64) -> Result<u64, BaseError> {
        self.execute(sqlx::query("DELETE FROM answers WHERE at_ms < $1").bind(before_ms))
            .await
    }
}

impl Base {
    /// What a request was answered before, if it was: saves a repeated request from being checked again.
    ///
    /// # Errors
    /// [`BaseError::KeyReused`] when its key came with another request.
    pub async fn answer(&self, request: &Request<'_>) -> Result<Option<Answer>, BaseError> {
        check_text("key", request.key)?;
        let select = sqlx::query(SELECT).bind(request.person).bind(request.key);
        let row = self.row(select).await?;
        row.map(|r| read_answer(&r, request)).transpose()
    }
}

fn read_answer(row: &AnyRow, request: &Request<'_>) -> Result<Answer, BaseError> {
    let known: &str = row.try_get("request")?;
    if known != hash_secret(request.content) {
        return Err(BaseError::KeyReused(request.key.to_owned()));
    }
    let status: i64 = row.try_get("status")?;
    let wrong = |e| BaseError::Internal(format!("a kept answer has the status {status}: {e}"));
    Ok(Answer {
        status: u16::try_from(status).map_err(wrong)?,
        body: row.try_get("body")?,
    })
}
