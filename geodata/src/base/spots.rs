//! Learnt spots: where riders of a place were picked up, as a program has found. A place's spots are replaced together;
//! what somebody revoked is remembered.

use super::edits::MAX_EDITS;
use super::error::BaseError;
use super::journal::{JournalEntry, Subject};
use super::reports::read_point;
use super::store::{Base, Statement};
use super::write::{Write, check_text};
use super::zones::Author;
use crate::{LonLat, PlaceRef};
use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::fmt;

const SPOT_COLUMNS: &str =
    "id, place, lon_e7, lat_e7, riders, pickups, share, newest_ms, at_ms, state, changed";
const LEARNT: &str = "learnt from pickups";

/// Where riders of a place were picked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    pub point: LonLat,
    /// Different riders.
    pub riders: u32,
    pub pickups: u32,
    /// Of the place's pickups, by their weights, in thousandths.
    pub share_permille: u16,
    /// The newest of its pickups, in milliseconds since 1970 UTC.
    pub newest_ms: i64,
}

/// What became of a spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpotState {
    InForce,
    /// Newer pickups say something else.
    Replaced,
    /// A cartographer said no.
    Revoked,
}

impl SpotState {
    const ALL: [SpotState; 3] = [SpotState::InForce, SpotState::Replaced, SpotState::Revoked];

    pub fn as_str(self) -> &'static str {
        match self {
            SpotState::InForce => "in_force",
            SpotState::Replaced => "replaced",
            SpotState::Revoked => "revoked",
        }
    }
}

impl fmt::Display for SpotState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A learnt spot in the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSpot {
    pub id: i64,
    pub place: PlaceRef,
    pub spot: Spot,
    /// When it was learnt, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    pub state: SpotState,
    /// The number of its last change.
    pub changed: i64,
}

/// Which spots are listed; what is `None` does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpotFilter {
    pub place: Option<PlaceRef>,
    /// Only ids above this one.
    pub after: Option<i64>,
}

impl Write {
    /// Replaces the spots of a place, the heaviest first; nothing is written when they are the same. Returns whether
    /// something was.
    ///
    /// # Errors
    /// When the base cannot be written.
    pub async fn replace_spots(
        &mut self,
        place: PlaceRef,
        spots: &[Spot],
    ) -> Result<bool, BaseError> {
        let known = self.spots_of(place, SpotState::InForce).await?;
        let same = known.len() == spots.len() && known.iter().zip(spots).all(|(k, s)| k.spot == *s);
        if same {
            return Ok(false);
        }
        for old in known {
            let change = (SpotState::InForce, SpotState::Replaced);
            self.change_spot(old.id, change, (None, LEARNT)).await?;
        }
        for spot in spots {
            self.add_spot(place, spot).await?;
        }
        Ok(true)
    }

    /// Takes a spot out of force for good, unless it is asked for again; it stays in the base.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none, or it is not in force.
    pub async fn revoke_spot(&mut self, id: i64, by: Author<'_>) -> Result<(), BaseError> {
        check_text("why", by.why)?;
        let row = self.row(select_spot().bind(id)).await?;
        let found = row.as_ref().map(read_spot).transpose()?;
        let missing = || BaseError::no(format!("learnt spot {id}"));
        let found = found.filter(|s| s.state == SpotState::InForce);
        let found = found.ok_or_else(missing)?;
        self.check_token(by.who).await?;
        let change = (SpotState::InForce, SpotState::Revoked);
        self.change_spot(found.id, change, (Some(by.who), by.why))
            .await
    }

    /// Spots of a place in a state, in the order in which they were added.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn spots_of(
        &mut self,
        place: PlaceRef,
        state: SpotState,
    ) -> Result<Vec<StoredSpot>, BaseError> {
        let sql =
            format!("SELECT {SPOT_COLUMNS} FROM spots WHERE place = $1 AND state = $2 ORDER BY id");
        let select = sqlx::query(AssertSqlSafe(sql))
            .bind(place.to_string())
            .bind(state.as_str());
        self.rows(select).await?.iter().map(read_spot).collect()
    }

    async fn add_spot(&mut self, place: PlaceRef, spot: &Spot) -> Result<(), BaseError> {
        let number = self.number();
        let insert = sqlx::query(
            "INSERT INTO spots (id, place, lon_e7, lat_e7, riders, pickups, share, newest_ms, at_ms, state, changed) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $1)",
        )
        .bind(number)
        .bind(place.to_string())
        .bind(i64::from(spot.point.e7().0))
        .bind(i64::from(spot.point.e7().1))
        .bind(i64::from(spot.riders))
        .bind(i64::from(spot.pickups))
        .bind(i64::from(spot.share_permille))
        .bind(spot.newest_ms)
        .bind(self.at_ms())
        .bind(SpotState::InForce.as_str());
        self.execute(insert).await?;
        let entry = JournalEntry {
            number,
            subject: Subject::Spot(number),
            from: None,
            to: SpotState::InForce.as_str().to_owned(),
            who: None,
            at_ms: self.at_ms(),
            why: LEARNT.to_owned(),
            detail: Some(json!({ "place": place.to_string() })),
        };
        self.log(&entry).await
    }

    async fn change_spot(
        &mut self,
        id: i64,
        (from, to): (SpotState, SpotState),
        (who, why): (Option<i64>, &str),
    ) -> Result<(), BaseError> {
        let number = self.number();
        let update = sqlx::query("UPDATE spots SET state = $1, changed = $2 WHERE id = $3")
            .bind(to.as_str())
            .bind(number)
            .bind(id);
        self.execute(update).await?;
        let entry = JournalEntry {
            number,
            subject: Subject::Spot(id),
            from: Some(from.as_str().to_owned()),
            to: to.as_str().to_owned(),
            who,
            at_ms: self.at_ms(),
            why: why.to_owned(),
            detail: None,
        };
        self.log(&entry).await
    }
}

impl Base {
    /// A learnt spot in force.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none, or it is not in force.
    pub async fn spot(&self, id: i64) -> Result<StoredSpot, BaseError> {
        let row = self.row(select_spot().bind(id)).await?;
        let found = row.as_ref().map(read_spot).transpose()?;
        let found = found.filter(|s| s.state == SpotState::InForce);
        found.ok_or_else(|| BaseError::no(format!("learnt spot {id}")))
    }

    /// Learnt spots in force in order of their ids, which is the heaviest first for each place; `limit` is at most
    /// [`MAX_EDITS`].
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn spots(
        &self,
        filter: SpotFilter,
        limit: i64,
    ) -> Result<Vec<StoredSpot>, BaseError> {
        let all = "SELECT {} FROM spots WHERE state = 'in_force' AND id > $1 AND $2 IS NULL ORDER BY id LIMIT $3";
        let one = "SELECT {} FROM spots WHERE state = 'in_force' AND id > $1 AND place = $2 ORDER BY id LIMIT $3";
        let sql = if filter.place.is_some() { one } else { all };
        let select = sqlx::query(AssertSqlSafe(sql.replace("{}", SPOT_COLUMNS)))
            .bind(filter.after.unwrap_or(0))
            .bind(filter.place.map(|p| p.to_string()))
            .bind(limit.clamp(0, MAX_EDITS));
        self.rows(select).await?.iter().map(read_spot).collect()
    }
}

fn select_spot<'q>() -> Statement<'q> {
    let sql = format!("SELECT {SPOT_COLUMNS} FROM spots WHERE id = $1");
    sqlx::query(AssertSqlSafe(sql))
}

fn read_spot(row: &AnyRow) -> Result<StoredSpot, BaseError> {
    let place: &str = row.try_get("place")?;
    let state: &str = row.try_get("state")?;
    let known = SpotState::ALL.into_iter().find(|s| s.as_str() == state);
    let count = |column: &str| {
        let stored: i64 = row.try_get(column)?;
        u32::try_from(stored)
            .map_err(|e| BaseError::Internal(format!("a stored count is none: {stored}, {e}")))
    };
    let share = count("share")?;
    Ok(StoredSpot {
        id: row.try_get("id")?,
        place: place.parse().map_err(BaseError::Internal)?,
        spot: Spot {
            point: read_point(row)?,
            riders: count("riders")?,
            pickups: count("pickups")?,
            share_permille: u16::try_from(share).unwrap_or(u16::MAX),
            newest_ms: row.try_get("newest_ms")?,
        },
        at_ms: row.try_get("at_ms")?,
        state: known.ok_or_else(|| BaseError::Internal(format!("a spot is `{state}`")))?,
        changed: row.try_get("changed")?,
    })
}
