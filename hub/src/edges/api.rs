//! What edges ask for over HTTP before they have a secret: to join.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};

use super::{EdgeError, Enrolled, Enrolment, Fleet, store};
use crate::http::problem::Problem;

impl From<EdgeError> for Problem {
    fn from(error: EdgeError) -> Self {
        let en = error.to_string();
        match error {
            EdgeError::NoSite(site) => Self::invalid("site_exists", "site", format!("没有编号为 {site} 的站点。"), en),
            EdgeError::NoEdge(_) => Self::not_found(),
            EdgeError::Name => Self::invalid("name_length", "name", "名称要有 1 到 100 个字符。", en),
            EdgeError::Token => {
                Self::new(StatusCode::FORBIDDEN, "enrolment_token", "登记码不正确、已用过或已过期，请让管理员重新发一个。", en)
            }
            EdgeError::PublicKey => Self::invalid("public_key", "public_key", "公钥不是 base64 的 32 字节 Ed25519 公钥。", en),
            EdgeError::Database(error) => Self::internal(&error),
        }
    }
}

async fn enroll(State(fleet): State<Fleet>, Json(asked): Json<Enrolment>) -> Result<Json<Enrolled>, Problem> {
    Ok(Json(store::enroll(&fleet, &asked).await?))
}

/// Routes for edges, to be merged by the hub's router.
pub fn router(fleet: Fleet) -> Router {
    Router::new().route("/edge/v1/enroll", post(enroll)).with_state(fleet)
}
