// "Try it out" acts as the signed-in browser, which must prove that the write comes from this page.
const csrfToken = document.querySelector('meta[name="csrf-token"]').content;

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  filter: true,
  validatorUrl: null,
  requestInterceptor(request) {
    const sameOrigin = new URL(request.url, location.href).origin === location.origin;
    if (sameOrigin && csrfToken && !request.headers.Authorization) {
      request.headers["X-CSRF-Token"] = csrfToken;
    }
    return request;
  },
});
