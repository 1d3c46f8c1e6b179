//! `/v1/reports`: the cartographers' queue of cases, each with what is needed to decide.

use super::address_reports::{read_id, render_time};
use super::report_params::QueueParams;
use crate::casefile::{CaseFile, NearHouse, look_up};
use crate::error::{ApiError, Problem};
use crate::params;
use crate::people::Cartographer;
use crate::publication::publish_if_found;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use geodata::LonLat;
use geodata::base::{Case, Report};
use serde::Serialize;
use utoipa::ToSchema;

const DEFAULT_CASES: usize = 20;
const MAX_CASES: usize = 100;
/// Reports that are shown of a case; the counter counts all.
const MAX_SHOWN: i64 = 20;

/// Cases, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Queue {
    cases: Vec<CaseView>,
    /// What to ask for as `after`; none on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// A case and what is known of its address.
#[derive(Serialize, ToSchema)]
struct CaseView {
    id: i64,
    state: &'static str,
    /// How many reported it.
    reports: i64,
    first_reported_at: String,
    last_reported_at: String,
    /// `[lon, lat]` of the first report.
    coordinates: [f64; 2],
    said: Vec<ReportView>,
    /// The probable street.
    #[serde(skip_serializing_if = "Option::is_none")]
    street: Option<PlaceView>,
    /// The nearest houses of that street.
    nearest_houses: Vec<HouseView>,
    /// Where the number lies between its neighbours.
    #[serde(skip_serializing_if = "Option::is_none")]
    interpolated: Option<InterpolatedView>,
    /// The address, if it is searchable by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    existing: Option<PlaceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The edit that answers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    edit: Option<i64>,
    /// The place that answers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<i64>,
}

/// One report of a case.
#[derive(Serialize, ToSchema)]
struct ReportView {
    id: i64,
    text: String,
    coordinates: [f64; 2],
    reported_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    comment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    photo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct PlaceView {
    id: String,
    label: String,
}

#[derive(Serialize, ToSchema)]
struct HouseView {
    id: String,
    housenumber: String,
    coordinates: [f64; 2],
    distance_m: f64,
}

#[derive(Serialize, ToSchema)]
struct InterpolatedView {
    coordinates: [f64; 2],
    uncertainty_m: f64,
}

/// The queue of reported addresses.
#[utoipa::path(get, path = "/v1/reports", tag = "cartographers", security(("token" = [])), params(QueueParams),
    responses((status = 200, body = Queue), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn list(
    _: Cartographer,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
) -> Result<Json<Queue>, ApiError> {
    let params: QueueParams = params::read(raw.as_deref())?;
    let filter = params.check()?;
    let limit = params::limit(params.limit.as_deref(), DEFAULT_CASES, MAX_CASES)?;
    let cases = state
        .base()
        .cases(&filter, i64::try_from(limit).unwrap_or(i64::MAX))
        .await?;
    let next = cases.last().map(|c| c.id).filter(|_| cases.len() == limit);
    let mut views = Vec::with_capacity(cases.len());
    for case in cases {
        views.push(assemble(&state, case).await?);
    }
    Ok(Json(Queue { cases: views, next }))
}

/// Erase how the reporters of a case can be reached.
#[utoipa::path(delete, path = "/v1/reports/{id}/contact", tag = "cartographers", security(("token" = [])), params(("id" = i64, Path, description = "The id of the case")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn erase_contacts(
    Cartographer(person): Cartographer,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = read_id(&id)?;
    state
        .base()
        .erase_contacts(id, Some(person.token), state.now_ms())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A case with its reports and what the snapshot says of it.
async fn assemble(state: &AppState, case: Case) -> Result<CaseView, ApiError> {
    let reports = state.base().reports_of(case.id, MAX_SHOWN).await?;
    let Some(first) = reports.first() else {
        // Its reports went with it into another case.
        return render(case, Vec::new(), CaseFile::default());
    };
    let case = publish_if_found(state, case, first).await?;
    let (text, point) = (first.text.clone(), first.point);
    let file = state
        .compute(move |view, weights| look_up(view, weights, &text, point))
        .await?;
    render(case, reports, file)
}

fn render(case: Case, reports: Vec<Report>, file: CaseFile) -> Result<CaseView, ApiError> {
    let place = |id: geodata::PlaceRef, label: String| PlaceView {
        id: id.to_string(),
        label,
    };
    Ok(CaseView {
        id: case.id,
        state: case.state.as_str(),
        reports: case.reports,
        first_reported_at: render_time(case.created_ms)?,
        last_reported_at: render_time(case.reported_ms)?,
        coordinates: lon_lat(case.point),
        said: reports
            .into_iter()
            .map(render_report)
            .collect::<Result<_, _>>()?,
        street: file.street.map(|(id, label)| place(id, label)),
        nearest_houses: file.houses.into_iter().map(render_house).collect(),
        interpolated: file
            .interpolated
            .map(|(point, uncertainty_m)| InterpolatedView {
                coordinates: lon_lat(point),
                uncertainty_m,
            }),
        existing: file.existing.map(|f| place(f.id, f.label.text)),
        reason: Some(case.reason).filter(|r| !r.is_empty()),
        edit: case.edit,
        place: case.place,
        merged_into: case.merged_into,
    })
}

fn render_report(report: Report) -> Result<ReportView, ApiError> {
    Ok(ReportView {
        id: report.id,
        text: report.text,
        coordinates: lon_lat(report.point),
        reported_at: render_time(report.created_ms)?,
        place: report.place,
        comment: report.comment,
        photo: report.photo,
        contact: report.contact,
    })
}

fn render_house(house: NearHouse) -> HouseView {
    HouseView {
        id: house.id.to_string(),
        housenumber: house.number,
        coordinates: lon_lat(house.point),
        distance_m: house.distance_m.round(),
    }
}

fn lon_lat(point: LonLat) -> [f64; 2] {
    [point.lon(), point.lat()]
}
