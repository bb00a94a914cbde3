/** What came with which version of codex. Written by `deno task gen:history`. */
export const HISTORY: string = `
0.120.0
0.121.0
  requests: marketplace/add, mcpServer/tool/call, memory/reset, thread/inject_items, thread/memoryMode/set
  params of externalAgentConfig/import: migrationItems[].details
  params of feedback/upload: tags
  params of thread/realtime/start: outputModality
  always in FsGetMetadataResponse: isSymlink
0.122.0
  requests: account/sendAddCreditsNudgeEmail, marketplace/remove, thread/turns/list
  params of plugin/install: remoteMarketplaceName
  params of plugin/read: remoteMarketplaceName
  params of thread/list: sortDirection
  params of thread/resume: history[].content[].detail
  always in PluginInterface: screenshotUrls
0.123.0
  always in PermissionsRequestApprovalParams: cwd
0.124.0
  requests: thread/approveGuardianDeniedAction
  params of command/exec: permissionProfile
  params of thread/list: useStateDbOnly
  params of turn/start: environments
0.125.0
  requests: marketplace/upgrade
  params of thread/fork: excludeTurns
  params of thread/resume: excludeTurns
  params of thread/start: environments
0.128.0
  requests: hooks/list, modelProvider/capabilities/read, thread/goal/clear, thread/goal/get, thread/goal/set
  params of account/login/start: codexStreamlinedLogin
  params of externalAgentConfig/import: migrationItems[].details.commands, migrationItems[].details.hooks, migrationItems[].details.mcpServers, migrationItems[].details.sessions, migrationItems[].details.subagents
  params of thread/fork: permissions
  params of thread/resume: permissions
  params of thread/start: permissions
  params of turn/start: permissions
0.129.0
  requests: plugin/share/delete, plugin/share/list, plugin/share/save, plugin/share/updateTargets, plugin/skill/read, process/kill, process/resizePty, process/spawn, process/writeStdin, windowsSandbox/readiness
  params of plugin/list: marketplaceKinds
  params of thread/fork: threadSource
  params of thread/realtime/start: realtimeSessionId
  params of thread/start: threadSource
  always in ItemCompletedNotification: completedAtMs
  always in ItemStartedNotification: startedAtMs
  always in ManagedHooksRequirements: PostCompact, PreCompact
  always in Thread: sessionId
0.130.0
  params of plugin/share/updateTargets: discoverability
  params of thread/turns/list: itemsView
  always in CommandExecutionRequestApprovalParams: startedAtMs
  always in FileChangeRequestApprovalParams: startedAtMs
  always in ItemGuardianApprovalReviewCompletedNotification: completedAtMs, startedAtMs
  always in ItemGuardianApprovalReviewStartedNotification: startedAtMs
  always in PermissionsRequestApprovalParams: startedAtMs
  always in PluginDetail: hooks
  always in PluginShareUpdateTargetsResponse: discoverability
0.131.0
  requests: environment/add, plugin/share/checkout, remoteControl/disable, remoteControl/enable, remoteControl/status/read
  params of initialize: capabilities.requestAttestation
  params of plugin/share/save: shareTargets[].role
  params of plugin/share/updateTargets: shareTargets[].role
  params of thread/fork: runtimeWorkspaceRoots
  params of thread/resume: runtimeWorkspaceRoots
  params of thread/start: runtimeWorkspaceRoots
  params of turn/start: runtimeWorkspaceRoots
  always in PluginSharePrincipal: role
  always in PluginShareTarget: role
  always in RemoteControlStatusChangedNotification: installationId, serverName
0.132.0
  requests: plugin/installed
  params of experimentalFeature/list: threadId
  params of turn/start: input[].detail
  params of turn/steer: input[].detail
0.133.0
  requests: permissionProfile/list, thread/settings/update
  params of thread/resume: history[].output[].encrypted_content
  always in ManagedHooksRequirements: SubagentStart, SubagentStop
0.134.0
  requests: thread/search
0.135.0
  params of mcpServerStatus/list: threadId
  params of turn/start: additionalContext
  params of turn/steer: additionalContext
0.136.0
  requests: skills/extraRoots/set
  params of thread/resume: initialTurnsPage
  params of turn/start: clientUserMessageId
  params of turn/steer: clientUserMessageId
0.137.0
  requests: remoteControl/client/list, remoteControl/client/revoke, remoteControl/pairing/start
0.138.0
  requests: account/usage/read, remoteControl/pairing/status
  params of thread/resume: history[].author, history[].content[].encrypted_content, history[].recipient
  always in PluginDetail: appTemplates
0.139.0
0.140.0
  requests: thread/backgroundTerminals/list, thread/backgroundTerminals/terminate, thread/delete
  params of remoteControl/disable: ephemeral
  params of remoteControl/enable: ephemeral
  params of thread/realtime/appendText: role
  params of thread/realtime/start: model, version
  params of thread/start: selectedCapabilityRoots
0.141.0
  requests: account/rateLimitResetCredit/consume, thread/realtime/appendSpeech
  params of thread/list: parentThreadId
  params of thread/realtime/start: codexResponseItemPrefix, codexResponsesAsItems, includeStartupContext
  params of thread/start: dynamicTools[].tools, dynamicTools[].type
  always in ExternalAgentConfigImportCompletedNotification: importId, itemTypeResults
  always in ExternalAgentConfigImportResponse: importId
0.142.0
  requests: account/workspaceMessages/read, externalAgentConfig/import/readHistories
  params of environment/add: connectTimeoutMs
  params of externalAgentConfig/import: source
  params of initialize: capabilities.mcpServerOpenaiFormElicitation
  params of thread/realtime/start: clientManagedHandoffs
  params of thread/resume: history[].internal_chat_message_metadata_passthrough
  params of thread/settings/update: multiAgentMode
  params of thread/start: multiAgentMode
  params of turn/start: multiAgentMode
  always in PermissionProfileSummary: allowed
0.143.0
  requests: environment/info, thread/items/list
  params of account/rateLimitResetCredit/consume: creditId
  params of externalAgentConfig/import: migrationItems[].details.skills
  params of mcpServer/oauth/login: threadId
  params of thread/fork: lastTurnId
  params of thread/list: ancestorThreadId
  params of thread/realtime/start: flushTranscriptTailOnSessionEnd
  params of thread/settings/update: multiAgentMode.custom
  params of thread/start: allowProviderModelFallback, historyMode, multiAgentMode.custom
  params of turn/start: multiAgentMode.custom
  always in ModelSafetyBufferingUpdatedNotification: showBufferingUi
0.144.0
  params of account/login/start: appBrand, useHostedLoginSuccessPage
0.145.0
  requests: app/installed, app/read, environment/status, thread/searchOccurrences
  params of account/login/start: region
  params of externalAgentConfig/detect: migrationSource, source
  params of externalAgentConfig/import: migrationItems[].details.memory, migrationSource
  params of thread/fork: beforeTurnId, deferGoalContinuation
  params of thread/realtime/start: codexResponseHandoffMode, initialItems
  params of thread/resume: history[].content[].audio_url, history[].output[].audio_url
  params of thread/start: environments[].runtimeWorkspaceRoots
  params of turn/start: environments[].runtimeWorkspaceRoots
  always in ExternalAgentConfigImportHistoriesReadResponse: connectors
0.146.0
  requests: externalAgentConfig/import/recordHistory
  params of externalAgentConfig/detect: maxSessionAgeDays, maxSessions
  params of externalAgentConfig/import: providerId
  params of plugin/list: forceRefetch
  params of thread/realtime/start: codexResponseHandoffChannelPrefixes
0.147.0
  requests: plugin/search, thread/section/move, threadSection/create, threadSection/delete, threadSection/list, threadSection/update
  params of externalAgentConfig/import/recordHistory: itemTypeResults[].successes[].title
  params of initialize: capabilities.extensions
  params of thread/list: sectionId
  params of thread/realtime/start: delegationAckFiller, realtimeEndInstructions, realtimeStartInstructions
  params of thread/resume: history[].encrypted_function_args
  always in ToolRequestUserInputParams: isBlocking
0.148.0
  requests: server/diagnostics, thread/queue/add, thread/queue/delete, thread/queue/list, thread/queue/reorder, thread/queue/start, thread/queue/update, thread/revert
  params of account/usage/read: threadId
  params of app/read: threadId
  params of mcpServer/oauth/login: clientRegistration
  params of plugin/install: installAttemptId
  params of threadSection/create: appearance
  params of threadSection/update: appearance
0.149.0
  requests: account/bedrock/discover, account/bedrock/setup, project/create, project/delete, project/import, project/list, project/move, project/read, project/update
  params of mcpServer/resource/read: connectorId, originCallId
  params of thread/list: projectId
  params of thread/metadata/update: projectId
  params of thread/start: projectId
0.150.0
  requests: mcpServer/event/stream/start, mcpServer/event/stream/stop, thread/timeline/list
  params of account/login/start: accessKeyId, secretAccessKey, sessionToken
  params of thread/realtime/start: transport.callId
0.151.0
  requests: turn/settings/update
  params of turn/start: cyberAccessProgram, serviceTierForTurn, toolOutput, turnTrigger
0.152.0
  params of project/list: sortDirection, sortKey
  params of thread/shellCommand: timeoutMs
0.153.0
  requests: plugin/reconcile
  params of turn/settings/update: approvalsReviewer
0.154.0
  requests: userVerification/delete, userVerification/enroll, userVerification/status, userVerification/verify
  params of account/rateLimits/read: excludeResetCreditDetails, supportsLunaReserve
  params of thread/list: originators
  params of thread/metadata/update: daybreakEnabled
  params of thread/resume: history[].reasoning
0.155.0
  requests: memory/status, thread/attachment/add, thread/attachment/list, thread/attachment/remove, userVerification/cancel
0.156.0
  requests: rollout/compress
  params of thread/queue/add: input[].fileId
  params of thread/queue/update: input[].fileId
  params of thread/resume: history[].content[].file_id, history[].output[].file_id
  params of thread/settings/update: disabledPluginIds
  params of thread/start: daybreakEnabled
  params of turn/start: disabledPluginIds, input[].fileId, toolOutput.output[].file_id
  params of turn/steer: input[].fileId
0.157.0
  requests: account/gatewayOAuth/cancel, account/gatewayOAuth/login, account/gatewayOAuth/read
  params of initialize: capabilities.explicitGatewayOauth
  params of mcpServer/resource/read: target
  params of thread/realtime/start: backendReasoningStatus
0.158.0
  params of environment/add: authBearerToken
0.159.0
  params of mcpServerStatus/list: serverName
  params of thread/items/list: cursor.itemId, cursor.type
0.160.0
0.161.0
  requests: account/bedrock/checkGovCloudRequirements, thread/prediction/request
  params of thread/goal/clear: origin
  params of thread/goal/set: origin
0.162.0
  requests: thread/attachmentOwner/list
  params of environment/add: skills
  params of turn/start: parentTurnId, rootTurnId
0.163.0
  requests: thread/items/read, thread/readState/update
  params of environment/add: websocketRequestId
  params of thread/fork: experimentalPredictionMode
  params of thread/list: excludedThreadIds
  params of thread/resume: history[].content[].annotations, history[].content[].logprobs
  params of turn/start: toolOutput.retain
0.164.0
  requests: feedback/save, thread/sample, thread/sample/cancel
  params of thread/fork: experimentalDisablePredictionMcp
  params of thread/realtime/start: voiceSessionId
  params of turn/start: responsesapiClientMetadataPatch
  params of turn/steer: responsesapiClientMetadataPatch
0.165.0
  requests: thread/memory/read
  params of thread/fork: attachToSource
  params of thread/list: attachedToThreadId
  params of thread/sample: threadSource
0.166.0
  requests: account/gcp/setup, accountSession/list, accountSession/switch
  params of hooks/list: threadId
  params of turn/start: additionalContext{}.name
  params of turn/steer: additionalContext{}.name
0.169.0
  requests: account/securitySetup/read, modelProvider/config/write, modelProvider/list, thread/guardianReview, thread/prepareApprovedPlan
  params of account/gatewayOAuth/login: deviceAuth, modelProvider
  params of account/gatewayOAuth/read: modelProvider
  params of initialize: capabilities.requiredHumanApproval
  params of mcpServer/resource/read: _meta
  params of model/list: modelProvider
  params of thread/items/list: deferOutput
  params of thread/list: currentAccountOnly, includeAttachedThreads
  params of thread/queue/add: responsesapiClientMetadata
  params of thread/queue/update: responsesapiClientMetadata
  params of thread/sample: allowInProgressTurn, interruptOnCancel
  params of thread/search: currentAccountOnly, includeAttachedThreads
  params of thread/settings/update: environments
  params of turn/settings/update: environments
`;
