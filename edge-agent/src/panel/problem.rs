//! Refusals of the local API, as RFC 9457 problem details in Chinese.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::core::CoreError;
use crate::printing::PrintError;

/// A refusal.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    rule: &'static str,
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, rule: &'static str, detail: impl Into<String>) -> Self {
        Self { status, rule, detail: detail.into() }
    }

    pub(super) fn unknown_station() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown_station", "没有这个工位，请重新选择工位")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("refused");
        let body = json!({"type": "about:blank", "title": title, "status": self.status.as_u16(), "detail": self.detail, "rule": self.rule});
        (self.status, [(header::CONTENT_TYPE, "application/problem+json")], Json(body)).into_response()
    }
}

impl From<CoreError> for Problem {
    fn from(error: CoreError) -> Self {
        match error {
            CoreError::Stopping => Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "本机服务正在重启，扫描会自动重发"),
            CoreError::Rows(error) => Self::new(StatusCode::INSUFFICIENT_STORAGE, "not_kept", format!("无法写入磁盘: {error}")),
        }
    }
}

impl From<PrintError> for Problem {
    fn from(error: PrintError) -> Self {
        match error {
            PrintError::ChoosePrinter(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "printer", "本机没有这台打印机，请在设置中添加或另选一台")
            }
            PrintError::ChangeCopies(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "copies", error.to_string()),
            PrintError::FixLabel(error) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "label", format!("标签无法生成: {error}")),
            PrintError::LoadLabels { width, height, printer } => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "label_size",
                format!("标签是 {width} × {height} mm，打印机 {printer} 里装的纸不是这个尺寸，请换纸或另选一台"),
            ),
            PrintError::LeaveOut(field) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "data", format!("字段 {field} 由系统填写，请去掉 / leave {field} out"))
            }
            PrintError::NumberEach(_) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "data",
                "一个序列号只能在一张标签上：去掉 serial 由系统编号，或一张一张打 / one serial number, one label",
            ),
            PrintError::Report => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "label",
                "画这张标签时程序出错，请把模板和数据报给总部 / drawing this label broke off: report its template and data",
            ),
            PrintError::LookAgain(_) => Self::new(
                StatusCode::CONFLICT,
                "job_state",
                "待确认的标签已经变了，请再看一眼打印机 / other labels are in doubt now: look at the printer again",
            ),
            PrintError::NotWaiting(_) => Self::new(StatusCode::CONFLICT, "job_state", "这个打印任务不在排队，不能换打印机"),
            PrintError::NotOver(_) => Self::new(StatusCode::CONFLICT, "job_state", "这个打印任务还没有打完，不能重打"),
            PrintError::NotUncertain(_) => Self::new(StatusCode::CONFLICT, "job_state", "这个打印任务不在等待确认"),
            PrintError::Keep(error) => CoreError::from(error).into(),
            PrintError::Core(error) => error.into(),
        }
    }
}
