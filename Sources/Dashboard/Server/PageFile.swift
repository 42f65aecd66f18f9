/// The page's own files, which are in the binary.
struct PageFile {
  var bytes: [UInt8]
  var type: String

  static func at(_ path: String) -> PageFile? {
    switch path {
    case "/", "/index.html": PageFile(bytes: PackageResources.index_html, type: "text/html; charset=utf-8")
    case "/style.css": PageFile(bytes: PackageResources.style_css, type: "text/css; charset=utf-8")
    case "/icon.svg": PageFile(bytes: PackageResources.icon_svg, type: "image/svg+xml")
    case "/app.js": script(PackageResources.app_js)
    case "/tools.js": script(PackageResources.tools_js)
    case "/chart.js": script(PackageResources.chart_js)
    case "/curves.js": script(PackageResources.curves_js)
    case "/evaluation.js": script(PackageResources.evaluation_js)
    case "/rollouts.js": script(PackageResources.rollouts_js)
    default: nil
    }
  }

  private static func script(_ bytes: [UInt8]) -> PageFile {
    PageFile(bytes: bytes, type: "text/javascript; charset=utf-8")
  }
}
