//! `/v1/address-reports`: a rider says what is missing, and reads what became of it.
//!
//! Nobody needs an account. Spam is held off by a rate per client address, by small bodies, and by a field that people do
//! not see and programs fill in: such a report is acknowledged and dropped. A token or a puzzle would keep riders away,
//! and an app's token is in everybody's hands.

use super::report_params::SecretParams;
use crate::body::JsonBody;
use crate::error::{ApiError, Problem};
use crate::params;
use crate::people::{Follower, Reporter, new_secret, secret_of_key};
use crate::publication::publish_if_found;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use geodata::base::{Case, NewReport, Report, hash_secret};
use geodata::{LonLat, PlaceRef};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const MAX_REPORT_BYTES: usize = 16 * 1024;
const MAX_TEXT_CHARS: usize = 200;
const MAX_COMMENT_CHARS: usize = 1000;
const MAX_CONTACT_CHARS: usize = 200;
const MAX_LINK_CHARS: usize = 500;
/// A key opens the report, so it has to be long enough not to be guessed.
const KEY_CHARS: std::ops::RangeInclusive<usize> = 16..=100;

/// A report of a missing address.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportBody {
    /// The address as the rider would write it, 1 to 200 characters.
    text: String,
    lat: f64,
    lon: f64,
    /// The id of a place it has to do with.
    place: Option<String>,
    /// At most 1000 characters.
    comment: Option<String>,
    /// A link to a photo.
    photo: Option<String>,
    /// How the reporter can be reached. Shown to cartographers only, and erasable.
    contact: Option<String>,
    /// A random key of the client, 16 to 100 characters: a report that is sent again with it is acknowledged alike.
    key: Option<String>,
    /// To be left empty.
    website: Option<String>,
}

/// A report was stored.
#[derive(Serialize, ToSchema)]
pub(crate) struct Acknowledged {
    id: i64,
    /// Opens the state of the report; it is told only here.
    secret: String,
}

/// What became of a report.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportState {
    id: i64,
    text: String,
    /// `new`, `triaged`, `accepted`, `rejected`, `already_exists` or `published`.
    state: &'static str,
    /// How many reported this address.
    reports: i64,
    reported_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The id of the place that answers it, for `/v1/places/{id}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
}

/// Report a missing address.
#[utoipa::path(post, path = "/v1/address-reports", tag = "apps", request_body = ReportBody,
    responses((status = 201, body = Acknowledged), (status = 400, body = Problem), (status = 413, body = Problem),
        (status = 422, body = Problem, description = "The key came with another report"), (status = 429, body = Problem),
        (status = 503, body = Problem), (status = 507, body = Problem)))]
pub(crate) async fn report(
    _: Reporter,
    State(state): State<AppState>,
    JsonBody(body): JsonBody<ReportBody, MAX_REPORT_BYTES>,
) -> Result<(StatusCode, Json<Acknowledged>), ApiError> {
    let point = body.check()?;
    let made = random_secret()?;
    if body.website.as_ref().is_some_and(|w| !w.is_empty()) {
        metrics::counter!("reports_dropped_total").increment(1);
        let id = state.base().last_change().await?.saturating_add(1);
        return Ok((StatusCode::CREATED, Json(Acknowledged { id, secret: made })));
    }
    let acknowledged = store(&state, &body, point, made).await?;
    metrics::counter!("reports_total").increment(1);
    Ok((StatusCode::CREATED, Json(acknowledged)))
}

async fn store(
    state: &AppState,
    body: &ReportBody,
    point: LonLat,
    made: String,
) -> Result<Acknowledged, ApiError> {
    let content = serde_json::to_string(body).unwrap_or_default();
    let mut write = state.base().write(state.now_ms()).await?;
    if let Some(key) = &body.key
        && let Some(known) = write.known_report(key, &content).await?
    {
        write.roll_back().await;
        let secret = secret_of_key(&known.salt, key);
        return Ok(Acknowledged {
            id: known.id,
            secret,
        });
    }
    let secret = body
        .key
        .as_ref()
        .map_or_else(|| made.clone(), |key| secret_of_key(&made, key));
    let report = NewReport {
        text: body.text.trim(),
        point,
        place: body.place.as_deref(),
        comment: body.comment.as_deref().unwrap_or_default(),
        photo: body.photo.as_deref(),
        contact: body.contact.as_deref().filter(|c| !c.trim().is_empty()),
        secret_hash: &hash_secret(&secret),
        // Without a key the secret is the random text itself, and nothing of it is kept.
        salt: body.key.as_ref().map_or("", |_| &made),
        key: body.key.as_deref(),
        content: &content,
    };
    let id = write.add_report(&report).await?;
    write.commit().await?;
    Ok(Acknowledged { id, secret })
}

/// What became of a report.
#[utoipa::path(get, path = "/v1/address-reports/{id}", tag = "apps", params(("id" = i64, Path, description = "The id of the report"), SecretParams),
    responses((status = 200, body = ReportState), (status = 400, body = Problem),
        (status = 404, body = Problem, description = "There is no report with this id and secret"), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn read_state(
    follower: Follower,
    State(state): State<AppState>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<ReportState>, ApiError> {
    let (report, case) = open_report(&state, &id, raw.as_deref(), &follower).await?;
    let case = publish_if_found(&state, case, &report).await?;
    Ok(Json(render(report, case)?))
}

/// Erase how the reporter can be reached.
#[utoipa::path(delete, path = "/v1/address-reports/{id}/contact", tag = "apps", params(("id" = i64, Path, description = "The id of the report"), SecretParams),
    responses((status = 204), (status = 404, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn erase_contact(
    follower: Follower,
    State(state): State<AppState>,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<StatusCode, ApiError> {
    let (report, _) = open_report(&state, &id, raw.as_deref(), &follower).await?;
    state.base().erase_contact(&report, state.now_ms()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The report that an id and a secret open, and the case that stands for it.
async fn open_report(
    state: &AppState,
    id: &str,
    raw: Option<&str>,
    follower: &Follower,
) -> Result<(Report, Case), ApiError> {
    let id = read_id(id)?;
    let params: SecretParams = params::read(raw)?;
    let secret = params
        .secret
        .as_ref()
        .or(follower.secret.as_ref())
        .map_or("", String::as_str);
    let report = state.base().report_by_secret(id, secret).await?;
    let mut case = state.base().case(report.case).await?;
    if let Some(into) = case.merged_into {
        case = state.base().case(into).await?;
    }
    Ok((report, case))
}

/// The number in a path.
pub(super) fn read_id(text: &str) -> Result<i64, ApiError> {
    let parsed = text.parse().ok().filter(|id| *id > 0);
    parsed.ok_or_else(|| ApiError::invalid("id", format!("expected a number from 1, got `{text}`")))
}

fn render(report: Report, case: Case) -> Result<ReportState, ApiError> {
    Ok(ReportState {
        id: report.id,
        text: report.text,
        state: case.state.as_str(),
        reports: case.reports,
        reported_at: render_time(report.created_ms)?,
        reason: Some(case.reason).filter(|r| !r.is_empty()),
        place: case.place,
    })
}

/// A time as RFC 3339 in UTC.
pub(super) fn render_time(ms: i64) -> Result<String, ApiError> {
    let time = time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000));
    let text = time.map_err(time::Error::from).and_then(|t| {
        let format = &time::format_description::well_known::Rfc3339;
        t.format(format).map_err(time::Error::from)
    });
    text.map_err(|error| {
        tracing::error!(%error, ms, "a stored time cannot be shown");
        ApiError::Internal
    })
}

fn random_secret() -> Result<String, ApiError> {
    new_secret().map_err(|error| {
        tracing::error!(%error, "the system gives no random bits");
        ApiError::Internal
    })
}

impl ReportBody {
    fn check(&self) -> Result<LonLat, ApiError> {
        let length = |field: &str, text: Option<&str>, allowed: std::ops::RangeInclusive<usize>| {
            let chars = text.map_or(*allowed.start(), |t| t.chars().count());
            if allowed.contains(&chars) {
                return Ok(());
            }
            let (low, high) = (allowed.start(), allowed.end());
            Err(ApiError::invalid(
                field,
                format!("expected {low} to {high} characters, got {chars}"),
            ))
        };
        length("text", Some(self.text.trim()), 1..=MAX_TEXT_CHARS)?;
        length("comment", self.comment.as_deref(), 0..=MAX_COMMENT_CHARS)?;
        length("contact", self.contact.as_deref(), 0..=MAX_CONTACT_CHARS)?;
        length("photo", self.photo.as_deref(), 0..=MAX_LINK_CHARS)?;
        length("key", self.key.as_deref(), KEY_CHARS)?;
        if let Some(photo) = self.photo.as_deref().filter(|p| !is_link(p)) {
            let detail =
                format!("expected a link that begins with `https://` or `http://`, got `{photo}`");
            return Err(ApiError::invalid("photo", detail));
        }
        if let Some(place) = &self.place {
            place
                .parse::<PlaceRef>()
                .map_err(|e| ApiError::invalid("place", e))?;
        }
        LonLat::new(self.lon, self.lat).map_err(|e| {
            let field = if (-180.0..=180.0).contains(&self.lon) {
                "lat"
            } else {
                "lon"
            };
            ApiError::invalid(field, e.to_string())
        })
    }
}

/// Whether a text is a link that may be shown as one: no other scheme, no blanks, no quotes.
pub(super) fn is_link(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|r| {
        !r.is_empty()
            && !r.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'<>`\\".contains(c))
    })
}
