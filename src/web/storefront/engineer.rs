//! `/try`: for whoever runs this: how to talk to it over HTTP and in the terminal.

use axum::response::Response;

use super::frame::Head;
use super::front::Front;
use super::words;
use crate::web::error::Problem;

pub async fn page(front: Front) -> Result<Response, Problem> {
    let title = words::say("try_title", ());
    front.page("try.html", &Head::new("try", &title), &*front.site.home)
}
