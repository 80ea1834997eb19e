-- Story: small branches for `parallel`, so that a story reads as a list of what happens.
--
--   local story = require "lib.story"
--   story = function(sim)
--     parallel {
--       story.after(5, function() sim.truck:go() end),
--       story.when("gap <= 3 m", function() sim.truck:stop() end, { hold_s = 0.5 }),
--       story.every(10, function() sim:event("tick", "clock") end, 6),
--     }
--   end
local story = {}

-- Does f once, `seconds` after the branch began.
function story.after(seconds, f)
  return function()
    wait(seconds)
    f()
  end
end

-- Does f once the expression holds; options as in sim:wait_until. A timeout does nothing.
function story.when(expression, f, options)
  return function()
    if wait_until(expression, options) then f() end
  end
end

-- Does f every `seconds`, `times` times, or to the end of the episode.
function story.every(seconds, f, times)
  return function()
    local n = 0
    while not times or n < times do
      wait(seconds)
      f()
      n = n + 1
    end
  end
end

-- Ends the episode with `reason` once the expression has held for hold_s seconds.
function story.done_when(sim, expression, reason, hold_s)
  return function()
    wait_until(expression, { hold_s = hold_s or 0 })
    sim:done(reason)
  end
end

return story
