-- Posts the bodies named on the command line in turns: PATH CONTENT_TYPE FILE...
-- The last line printed is a record of what came back.

local bodies, turn = {}, 0

function init(arguments)
  local headers = { ["Content-Type"] = arguments[2] }
  for number = 3, #arguments do
    local file = assert(io.open(arguments[number], "rb"))
    bodies[#bodies + 1] = wrk.format("POST", arguments[1], headers, file:read("*a"))
    file:close()
  end
end

function request()
  turn = turn % #bodies + 1
  return bodies[turn]
end

function done(summary, latency, requests)
  local errors = summary.errors
  print(string.format(
    '{"requests": %d, "refused": %d, "failed": %d, "late": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f}',
    summary.requests, errors.status, errors.connect + errors.read + errors.write, errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
