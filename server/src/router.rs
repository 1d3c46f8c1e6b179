//! All routes, and what every request passes through: id, log, metrics, problem bodies.

use crate::body::MAX_BODY_BYTES;
use crate::error::{ApiError, PROBLEM_JSON};
use crate::routes::{
    address_reports, arrival_checks, autocomplete, edit_batch, edits, health, learnt_spots, nearby,
    page, pickup_pins, pickup_points, places, report_actions, reports, reverse, review,
    service_areas, status, zones,
};
use crate::state::AppState;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Response, header};
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use axum::routing::get;
use std::time::Instant;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tracing::Instrument;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Problem bodies are small; anything larger is not ours to rewrite.
const MAX_PROBLEM_BYTES: usize = 64 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kudy",
        description = "Address search for a ride-hailing app: suggestions while typing, complete addresses, points to addresses, nearest places, places."
    ),
    modifiers(&Tokens)
)]
struct Api;

/// How a token is shown: `Authorization: Bearer TOKEN`.
struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut Document) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(autocomplete::autocomplete))
        .routes(routes!(autocomplete::search))
        .routes(routes!(reverse::reverse))
        .routes(routes!(nearby::nearby))
        .routes(routes!(nearby::batch_nearby))
        .routes(routes!(pickup_points::pickups))
        .routes(routes!(places::place))
        .routes(routes!(places::houses))
        .routes(routes!(arrival_checks::check))
        .merge(rulings())
        .routes(routes!(edits::history))
        .routes(routes!(edits::list, edits::add))
        .merge(batches())
        .routes(routes!(edits::get))
        .routes(routes!(review::submit))
        .routes(routes!(review::approve))
        .routes(routes!(review::reject))
        .routes(routes!(review::revert))
        .routes(routes!(review::resolve))
        .routes(routes!(edits::conflicts))
        .routes(routes!(address_reports::report))
        .routes(routes!(address_reports::read_state))
        .routes(routes!(address_reports::erase_contact))
        .routes(routes!(reports::list))
        .routes(routes!(reports::erase_contacts))
        .routes(routes!(report_actions::triage))
        .routes(routes!(report_actions::accept))
        .routes(routes!(report_actions::reject))
        .routes(routes!(report_actions::merge))
        .routes(routes!(status::status))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

/// What is ruled about where cars stop.
fn rulings() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(service_areas::at))
        .routes(routes!(zones::list, zones::add))
        .routes(routes!(zones::get, zones::change, zones::delete))
        .routes(routes!(pickup_pins::list, pickup_pins::add))
        .routes(routes!(pickup_pins::remove))
        .routes(routes!(learnt_spots::list))
        .routes(routes!(learnt_spots::revoke))
}

/// Routes whose bodies may be larger.
fn batches() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(edit_batch::add_many))
        .layer(DefaultBodyLimit::max(edit_batch::MAX_BATCH_BYTES))
}

/// The OpenAPI 3.1 document, generated from the handlers.
pub fn openapi() -> Document {
    api().split_for_parts().1
}

/// The whole service.
pub fn router(state: AppState) -> Router {
    let (routes, document) = api().split_for_parts();
    let document = serde_json::to_vec(&document).unwrap_or_default();
    let openapi = move || async move { ([(header::CONTENT_TYPE, "application/json")], document) };
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(
            CorsLayer::new()
                .allow_origin(Any)
                .allow_methods(Any)
                .allow_headers(Any)
                .expose_headers([REQUEST_ID]),
        )
        .layer(CompressionLayer::new())
        .layer(from_fn(observe))
        .layer(CatchPanicLayer::custom(|_| {
            ApiError::Internal.into_response()
        }))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    routes
        .route("/openapi.json", get(openapi))
        .route("/", get(page::index))
        .route("/app.js", get(page::script))
        .route("/style.css", get(page::style))
        .route("/console", get(page::console))
        .route("/console.js", get(page::console_script))
        .route("/console-forms.js", get(page::console_forms))
        .route("/console.css", get(page::console_style))
        .fallback(|| async { ApiError::NoRoute })
        .method_not_allowed_fallback(|| async { ApiError::Method })
        .layer(layers)
        .with_state(state)
}

/// One span, one log line and one observation per request; problem bodies learn where they happened.
async fn observe(request: Request, next: Next) -> Response<Body> {
    let began = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", |p| p.as_str())
        .to_owned();
    let path = request.uri().path().to_owned();
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|i| i.header_value().to_str().ok())
        .unwrap_or_default();
    let id = id.to_owned();
    let span = tracing::info_span!("request", request_id = %id, method = %request.method(), route = %route);
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let elapsed = began.elapsed().as_secs_f64();
    metrics::histogram!("http_request_duration_seconds", "route" => route, "status" => status.to_string()).record(elapsed);
    span.in_scope(|| tracing::debug!(status, duration_ms = elapsed * 1000.0, "answered"));
    locate_problem(response, &path, &id).await
}

async fn locate_problem(response: Response<Body>, path: &str, id: &str) -> Response<Body> {
    let Some(error) = response.extensions().get::<ApiError>().cloned() else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    if to_bytes(body, MAX_PROBLEM_BYTES).await.is_err() {
        return error.into_response();
    }
    let mut problem = error.problem();
    problem.instance = Some(path.to_owned());
    problem.request_id = Some(id.to_owned()).filter(|i| !i.is_empty());
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    Response::from_parts(
        parts,
        Body::from(serde_json::to_vec(&problem).unwrap_or_default()),
    )
}
