//! A photo from a PDA's camera is a scanner too: one code in it is a scan, several are a question unless only one of them is of the kind that is asked for.

use std::collections::BTreeSet;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use qitao_domain::barcode::{Meaning, NotFound, classify};
use qitao_domain::work::Prompt;
use qitao_scanner_drivers::camera::{Code, PictureError, Seen, decode_file};

use super::Panel;
use super::api::scanned;
use super::problem::Problem;

pub(super) async fn photo(
    State(panel): State<Panel>,
    Path(id): Path<String>,
    headers: HeaderMap,
    picture: Bytes,
) -> Result<Response, Problem> {
    let station = panel.enter(&id, &headers)?;
    let seen = tokio::task::spawn_blocking(move || decode_file(&picture)).await;
    let seen = seen.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "photo", "照片无法识别，请重拍"))?;
    let mut seen = seen.map_err(|error| match error {
        PictureError::TakeAgain(_) => Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "photo", "这不是可读的 JPEG 或 PNG 照片，请重拍"),
        PictureError::TooLarge => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "photo", "照片太大，请用较低的分辨率重拍"),
    })?;
    // A badge says the same in a QR code and in bars: that is one answer, not a question.
    let mut said = BTreeSet::new();
    seen.codes.retain(|code| said.insert(code.text.clone()));
    let core = &panel.workplace.core;
    let prompt = core.station_or_new(&station).prompt;
    let catalogue = core.replica().catalogue();
    let code = match meant(&mut seen, |code| is_asked(&prompt, &classify(&*catalogue, code.text.as_bytes(), code.aim))) {
        Meant::One(code) => code,
        Meant::Unclear => return Ok((StatusCode::MULTIPLE_CHOICES, Json(seen)).into_response()),
        Meant::None => return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no_code", "照片里没有找到条码，请靠近、对焦后重拍")),
    };
    let input = scanned(&id, code.text.into_bytes(), code.aim)?;
    Ok(panel.take(station, &headers, input).await?.into_response())
}

/// Which code of a photo was meant.
#[derive(Debug, PartialEq)]
enum Meant {
    One(Code),
    /// The person must say; what is asked for comes first.
    Unclear,
    None,
}

fn meant(seen: &mut Seen, is_asked: impl Fn(&Code) -> bool) -> Meant {
    // Stable: among those asked for, and among the others, the one nearest to the middle stays first.
    seen.codes.sort_by_key(|code| !is_asked(code));
    match seen.codes.as_slice() {
        [] => Meant::None,
        [only] => Meant::One(only.clone()),
        [first, second, ..] if is_asked(first) && !is_asked(second) => Meant::One(first.clone()),
        _ => Meant::Unclear,
    }
}

/// Whether a code is of the kind that is asked for. Not whether it is the right one: of two shelves in a photo the panel must not choose the one that
/// the task wants, or nobody would notice a person before the other.
const fn is_asked(prompt: &Prompt, meaning: &Meaning) -> bool {
    match prompt {
        Prompt::ScanBadge => matches!(meaning, Meaning::Operator { .. } | Meaning::NotFound { what: NotFound::Operator, .. }),
        Prompt::GoTo { .. } => matches!(meaning, Meaning::Location { .. } | Meaning::NotFound { what: NotFound::Location, .. }),
        Prompt::ScanGoods { .. } => {
            matches!(meaning, Meaning::Goods { .. } | Meaning::LicencePlate { .. } | Meaning::NotFound { what: NotFound::Item, .. })
        }
        Prompt::EnterPin { .. } | Prompt::ScanTask | Prompt::Confirm => matches!(meaning, Meaning::Command { .. }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qitao_domain::ids::{LocationId, OperatorId};

    fn seen(texts: &[&str]) -> Seen {
        let code = |text: &&str| Code { format: "QR_CODE".into(), text: (*text).to_owned(), aim: None, corners: Default::default() };
        Seen { width: 640, height: 480, codes: texts.iter().map(code).collect() }
    }

    #[test]
    fn one_code_of_the_kind_that_is_asked_for_is_meant_and_two_are_a_question() {
        let shelf = |code: &Code| code.text.starts_with("QT-L-");
        assert_eq!(meant(&mut seen(&[]), shelf), Meant::None);
        assert!(matches!(meant(&mut seen(&["6901234567892"]), shelf), Meant::One(code) if code.text == "6901234567892"));
        assert!(matches!(meant(&mut seen(&["6901234567892", "QT-L-A"]), shelf), Meant::One(code) if code.text == "QT-L-A"));
        let mut two = seen(&["6901234567892", "QT-L-A", "QT-L-B"]);
        assert_eq!(meant(&mut two, shelf), Meant::Unclear);
        assert_eq!(two.codes.iter().map(|code| code.text.as_str()).collect::<Vec<_>>(), ["QT-L-A", "QT-L-B", "6901234567892"]);
        assert_eq!(meant(&mut seen(&["6901234567892", "6909876543210"]), shelf), Meant::Unclear);
    }

    #[test]
    fn any_shelf_is_of_the_kind_that_is_asked_for_also_the_wrong_one() {
        let prompt = Prompt::GoTo { location: Some(LocationId(7)), stock: None, left: qitao_domain::quantity::Quantity::ONE };
        assert!(is_asked(&prompt, &Meaning::Location { location: LocationId(8) }));
        assert!(!is_asked(&prompt, &Meaning::Operator { operator: OperatorId(8) }));
        assert!(is_asked(&Prompt::ScanBadge, &Meaning::Operator { operator: OperatorId(8) }));
    }
}
