from django.db import migrations, models
from django.db.models import Q

import reminders.models

ACTIVE = ('scheduled', 'claimed', 'sending')
TERMINAL = ('sent', 'in_doubt', 'failed', 'cancelled', 'superseded', 'suppressed')
RENAMED = {
    'reminder': {
        'wake_at': 'next_action_at',
        'claim': 'worker_token',
        'suspect': 'lease_expired',
        'doubts': 'uncertain_count',
        'turn': 'batch_position',
    },
    'reminderpreference': {
        'book': 'remind_to_book',
        'd14': 'remind_14_days_before',
        'd7': 'remind_7_days_before',
        'd1': 'remind_1_day_before',
        'overdue': 'remind_when_overdue',
        'after7': 'remind_7_days_after',
        'after14': 'remind_14_days_after',
        'diary': 'remind_to_write',
        'summary': 'send_summary',
        'digest': 'send_digest',
        'detail': 'allow_detail',
        'by_mail': 'by_email',
    },
    'domainratelimit': {'free_at': 'next_slot_at'},
    'jobheartbeat': {'said': 'report'},
}


class Migration(migrations.Migration):

    dependencies = [
        ('reminders', '0009_rhythm_goes'),
    ]

    operations = [
        migrations.RenameModel('MailPace', 'DomainRateLimit'),
        migrations.RenameModel('Pulse', 'JobHeartbeat'),
        migrations.RenameModel('OperatorNote', 'OperatorAction'),
        migrations.RemoveConstraint('reminder', 'reminder_wakes'),
        migrations.RemoveConstraint('reminderpreference', 'summary_needs_detail'),
        migrations.RemoveIndex('reminder', 'reminders_to_do'),
        migrations.RemoveIndex('reminder', 'reminders_in_hands'),
        migrations.RemoveIndex('reminder', 'reminders_to_see'),
        *[
            migrations.RenameField(model, old, new)
            for model, names in RENAMED.items()
            for old, new in names.items()
        ],
        migrations.AddConstraint(
            'reminder',
            models.CheckConstraint(
                condition=Q(reminders.models.InValues('state', ACTIVE), next_action_at__isnull=False)
                | Q(reminders.models.InValues('state', TERMINAL), next_action_at__isnull=True),
                name='reminder_has_next_action',
            ),
        ),
        migrations.AddConstraint(
            'reminderpreference',
            models.CheckConstraint(
                condition=Q(send_summary=False) | Q(allow_detail=True),
                name='summary_needs_detail',
                violation_error_message='The summary says how the diary stands. Allow letters to say what they are '
                'about, or leave it off.',
            ),
        ),
        migrations.AddIndex(
            'reminder',
            models.Index(
                fields=['next_action_at'],
                condition=Q(next_action_at__isnull=False),
                name='reminders_by_next_action',
            ),
        ),
        migrations.AddIndex(
            'reminder',
            models.Index(fields=['worker_token'], condition=~Q(worker_token=''), name='reminders_by_worker'),
        ),
        migrations.AddIndex(
            'reminder',
            models.Index(
                fields=['due_at'],
                condition=Q(next_action_at__isnull=True) & ~Q(last_error=''),
                name='reminders_with_error',
            ),
        ),
    ]
