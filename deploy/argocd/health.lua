-- Health of FlagSync in Argo CD: in argocd-cm under `resource.customizations.health.flagfall.dev_FlagSync`.
local health = { status = "Progressing", message = "waiting for the controller" }
if obj.spec ~= nil and obj.spec.suspend == true then
  health.status = "Suspended"
  health.message = "suspended"
  return health
end
if obj.status == nil or obj.status.conditions == nil then
  return health
end
if obj.status.observedGeneration ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  health.message = "the controller has not seen the last change"
  return health
end
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Ready" then
    health.message = condition.message
    if condition.status == "True" then
      health.status = "Healthy"
    elseif condition.status == "False" then
      health.status = "Degraded"
    elseif condition.reason == "SourceStale" then
      -- What is live is the last good configuration; whether it is still wanted is not known.
      health.status = "Degraded"
    end
  end
end
return health
