//! Routes that know themselves: what is served and what `/openapi.json` says are held together by a
//! test, which needs the list that a router alone does not give.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};

use super::Site;

/// A router and the methods and paths in it.
#[derive(Default)]
pub struct Routes {
    router: Router<Site>,
    listed: Vec<(&'static str, String)>,
}

impl Routes {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn get<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.add("get", MethodFilter::GET, path, handler)
    }

    pub fn post<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.add("post", MethodFilter::POST, path, handler)
    }

    pub fn put<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.add("put", MethodFilter::PUT, path, handler)
    }

    fn add<H, T>(mut self, name: &'static str, filter: MethodFilter, path: &str, handler: H) -> Self
    where
        H: Handler<T, Site>,
        T: 'static,
    {
        self.listed.push((name, path.to_owned()));
        self.router = self.router.route(path, on(filter, handler));
        self
    }

    /// Puts a layer around the routes so far.
    pub fn wrap(mut self, wrap: impl FnOnce(Router<Site>) -> Router<Site>) -> Self {
        self.router = wrap(self.router);
        self
    }

    pub fn merge(mut self, other: Self) -> Self {
        self.listed.extend(other.listed);
        self.router = self.router.merge(other.router);
        self
    }

    pub fn router(self) -> Router<Site> {
        self.router
    }

    /// Methods in lower case, and paths, in the order in which they were added.
    pub fn listed(&self) -> &[(&'static str, String)] {
        &self.listed
    }
}
