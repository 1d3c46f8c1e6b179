//! Reports: each joins the case of its address, or begins one.

use super::error::BaseError;
use super::journal::{JournalEntry, Subject};
use super::people::{hash_secret, same_hash};
use super::report::{CaseState, KnownReport, NewReport, Report};
use super::reported::ReportedAddress;
use super::store::{Base, Database};
use super::write::{Write, check_text};
use crate::LonLat;
use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

/// The most reports near a new one that are compared with it.
const MAX_COMPARED: i64 = 2000;
/// Metres in a degree of latitude, rounded down: a box is rather too large.
const DEGREE_M: f64 = 111_000.0;
/// A longitude's degree is never taken for shorter than at 85 degrees of latitude.
const MIN_COSINE: f64 = 0.087;

/// The one state of a report: the rest is its case's.
const RECEIVED: &str = "received";
const ERASED: &str = "contacts erased";

const REPORT_COLUMNS: &str = "r.id, r.case_id, r.text, r.lon_e7, r.lat_e7, r.place, r.comment, r.photo, \
    r.created_ms, c.contact";
const REPORT_TABLES: &str = "reports r LEFT JOIN contacts c ON c.report = r.id";

impl Write {
    /// The report that came with a client's key before.
    ///
    /// # Errors
    /// [`BaseError::KeyReused`] when the key came with another report.
    pub async fn known_report(
        &mut self,
        key: &str,
        content: &str,
    ) -> Result<Option<KnownReport>, BaseError> {
        let select = sqlx::query("SELECT id, salt, request FROM reports WHERE client_key = $1")
            .bind(hash_secret(key));
        let Some(row) = self.row(select).await? else {
            return Ok(None);
        };
        if row.try_get::<&str, _>("request")? != hash_secret(content) {
            return Err(BaseError::KeyReused(key.to_owned()));
        }
        Ok(Some(KnownReport {
            id: row.try_get("id")?,
            salt: row.try_get("salt")?,
        }))
    }

    /// Adds a report; one whose address was reported nearby joins that case. Returns its id.
    ///
    /// # Errors
    /// [`BaseError::Invalid`] when a text cannot be stored.
    pub async fn add_report(&mut self, report: &NewReport<'_>) -> Result<i64, BaseError> {
        check_report(report)?;
        let same = self.case_of(report).await?;
        let number = self.number();
        let case = match same {
            Some(case) => self.join_case(case).await?,
            None => self.open_case(report.point).await?,
        };
        let insert = sqlx::query(
            "INSERT INTO reports (id, case_id, text, lon_e7, lat_e7, place, comment, photo, created_ms, secret, salt, \
             client_key, request) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(number)
        .bind(case)
        .bind(report.text)
        .bind(e7(report.point.lon()))
        .bind(e7(report.point.lat()))
        .bind(report.place)
        .bind(report.comment)
        .bind(report.photo)
        .bind(self.at_ms())
        .bind(report.secret_hash)
        .bind(report.salt)
        .bind(report.key.map(hash_secret))
        .bind(hash_secret(report.content));
        self.execute(insert).await?;
        if let Some(contact) = report.contact {
            let insert = sqlx::query("INSERT INTO contacts (report, contact) VALUES ($1, $2)");
            self.execute(insert.bind(number).bind(contact)).await?;
        }
        let entry = JournalEntry {
            number,
            subject: Subject::Report(number),
            from: None,
            to: RECEIVED.to_owned(),
            who: None,
            at_ms: self.at_ms(),
            why: String::new(),
            detail: Some(json!({ "case": case })),
        };
        self.log(&entry).await?;
        Ok(number)
    }

    /// The case of the nearest report that means the same address.
    async fn case_of(&mut self, report: &NewReport<'_>) -> Result<Option<i64>, BaseError> {
        let address = ReportedAddress::read(report.text);
        let mut nearest: Option<(f64, i64)> = None;
        for row in self.reports_near(report.point).await? {
            let other = ReportedAddress::read(row.try_get("text")?);
            let distance_m = report.point.distance_m(read_point(&row)?);
            if address.is_same(&other, distance_m)
                && nearest.is_none_or(|(best, _)| distance_m < best)
            {
                nearest = Some((distance_m, row.try_get("case_id")?));
            }
        }
        match nearest {
            Some((_, case)) => Ok(Some(self.final_case(case).await?)),
            None => Ok(None),
        }
    }

    /// Reports in a box around a point, the latest first. A case that was rejected is answered: who insists begins
    /// another.
    async fn reports_near(&mut self, point: LonLat) -> Result<Vec<AnyRow>, BaseError> {
        let lat = ReportedAddress::REACH_M / DEGREE_M;
        let lon = lat / point.lat().to_radians().cos().max(MIN_COSINE);
        let select = sqlx::query(
            "SELECT r.text, r.lon_e7, r.lat_e7, r.case_id FROM reports r JOIN cases k ON k.id = r.case_id \
             WHERE r.lat_e7 BETWEEN $1 AND $2 AND r.lon_e7 BETWEEN $3 AND $4 AND k.state <> 'rejected' \
             ORDER BY r.id DESC LIMIT $5",
        )
        .bind(e7(point.lat() - lat))
        .bind(e7(point.lat() + lat))
        .bind(e7(point.lon() - lon))
        .bind(e7(point.lon() + lon))
        .bind(MAX_COMPARED);
        self.rows(select).await
    }

    async fn open_case(&mut self, point: LonLat) -> Result<i64, BaseError> {
        let number = self.number();
        let insert = sqlx::query(
            "INSERT INTO cases (id, state, changed, lon_e7, lat_e7, reports, created_ms, reported_ms, reason) \
             VALUES ($1, $2, $1, $3, $4, 1, $5, $5, '')",
        )
        .bind(number)
        .bind(CaseState::New.as_str())
        .bind(e7(point.lon()))
        .bind(e7(point.lat()))
        .bind(self.at_ms());
        self.execute(insert).await?;
        let entry = JournalEntry {
            number,
            subject: Subject::Case(number),
            from: None,
            to: CaseState::New.as_str().to_owned(),
            who: None,
            at_ms: self.at_ms(),
            why: String::new(),
            detail: None,
        };
        self.log(&entry).await?;
        Ok(number)
    }

    async fn join_case(&mut self, case: i64) -> Result<i64, BaseError> {
        let update =
            sqlx::query("UPDATE cases SET reports = reports + 1, reported_ms = $1 WHERE id = $2");
        self.execute(update.bind(self.at_ms()).bind(case)).await?;
        Ok(case)
    }
}

impl Base {
    /// The report with an id and a secret.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none, or its secret is another.
    pub async fn report_by_secret(&self, id: i64, secret: &str) -> Result<Report, BaseError> {
        let sql = format!("SELECT {REPORT_COLUMNS}, r.secret FROM {REPORT_TABLES} WHERE r.id = $1");
        let row = self.row(sqlx::query(AssertSqlSafe(sql)).bind(id)).await?;
        let hash = hash_secret(secret);
        if let Some(row) = row
            && same_hash(&hash, row.try_get("secret")?)
        {
            return read_report(&row);
        }
        Err(BaseError::no(format!("report {id} with this secret")))
    }

    /// The reports of a case, those of cases merged into it included, oldest first; at most `limit`.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn reports_of(&self, case: i64, limit: i64) -> Result<Vec<Report>, BaseError> {
        let sql = format!(
            "SELECT {REPORT_COLUMNS} FROM {REPORT_TABLES} JOIN cases k ON k.id = r.case_id \
             WHERE k.id = $1 OR k.merged_into = $1 ORDER BY r.id LIMIT $2"
        );
        let rows = self
            .rows(sqlx::query(AssertSqlSafe(sql)).bind(case).bind(limit))
            .await?;
        rows.iter().map(read_report).collect()
    }

    /// Erases the contact of one report.
    ///
    /// # Errors
    /// When the base cannot be written.
    pub async fn erase_contact(&self, report: &Report, at_ms: i64) -> Result<(), BaseError> {
        let mut write = self.write(at_ms).await?;
        let delete = sqlx::query("DELETE FROM contacts WHERE report = $1").bind(report.id);
        write.execute(delete).await?;
        let entry = JournalEntry {
            number: write.number(),
            subject: Subject::Report(report.id),
            from: Some(RECEIVED.to_owned()),
            to: RECEIVED.to_owned(),
            who: None,
            at_ms,
            why: ERASED.to_owned(),
            detail: None,
        };
        write.log(&entry).await?;
        write.commit().await?;
        self.empty_log().await
    }

    /// Erases the contacts of all reports of a case; returns how many there were.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is no such case.
    pub async fn erase_contacts(
        &self,
        case: i64,
        who: Option<i64>,
        at_ms: i64,
    ) -> Result<u64, BaseError> {
        let mut write = self.write(at_ms).await?;
        let state = write.case(case).await?.state.as_str();
        let delete = sqlx::query(
            "DELETE FROM contacts WHERE report IN (SELECT r.id FROM reports r JOIN cases k ON k.id = r.case_id \
             WHERE k.id = $1 OR k.merged_into = $1)",
        );
        let erased = write.execute(delete.bind(case)).await?;
        let entry = JournalEntry {
            number: write.number(),
            subject: Subject::Case(case),
            from: Some(state.to_owned()),
            to: state.to_owned(),
            who,
            at_ms,
            why: ERASED.to_owned(),
            detail: Some(json!({ "contacts": erased })),
        };
        write.log(&entry).await?;
        write.commit().await?;
        self.empty_log().await?;
        Ok(erased)
    }

    /// Takes over SQLite's log into the file, which overwrites what was deleted: until then the log still holds it. Does
    /// nothing while others read; their next writes do it.
    async fn empty_log(&self) -> Result<(), BaseError> {
        if matches!(self.database(), Database::Sqlite { .. }) {
            self.row(sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)"))
                .await?;
        }
        Ok(())
    }
}

fn check_report(report: &NewReport<'_>) -> Result<(), BaseError> {
    check_text("text", report.text)?;
    check_text("place", report.place.unwrap_or_default())?;
    check_text("comment", report.comment)?;
    check_text("photo", report.photo.unwrap_or_default())?;
    check_text("contact", report.contact.unwrap_or_default())
}

#[expect(clippy::cast_possible_truncation, reason = "degrees fit")]
fn e7(degrees: f64) -> i64 {
    (degrees * 1e7).round() as i64
}

/// Reads `lon_e7` and `lat_e7`.
pub(super) fn read_point(row: &AnyRow) -> Result<LonLat, BaseError> {
    let (lon, lat): (i64, i64) = (row.try_get("lon_e7")?, row.try_get("lat_e7")?);
    let point = i32::try_from(lon).ok().zip(i32::try_from(lat).ok());
    let point = point.and_then(|(lon, lat)| LonLat::from_e7(lon, lat));
    point.ok_or_else(|| {
        BaseError::Internal(format!("a stored point is outside the world: {lon}, {lat}"))
    })
}

fn read_report(row: &AnyRow) -> Result<Report, BaseError> {
    Ok(Report {
        id: row.try_get("id")?,
        case: row.try_get("case_id")?,
        text: row.try_get("text")?,
        point: read_point(row)?,
        place: row.try_get("place")?,
        comment: row.try_get("comment")?,
        photo: row.try_get("photo")?,
        contact: row.try_get("contact")?,
        created_ms: row.try_get("created_ms")?,
    })
}
